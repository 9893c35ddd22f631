import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Holds } from './holds.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const holder = () => ({ held: [] as string[] });

test('gives turns in the order of asking', async () => {
  const holds = new Holds();
  const [a, b, c] = [holder(), holder(), holder()];
  const order: string[] = [];
  expect(holds.take(a, ['x', 'y'])).toBeUndefined();
  expect(holds.take(b, ['z', 'x'])).toBe('x');
  const [second, third] = [holds.wait(b, 'x'), holds.wait(c, 'x')];
  void second.then(() => order.push('b'));
  void third.then(() => order.push('c'));
  expect(b.held).toEqual([]);
  holds.release(a);
  await second;
  expect([b.held, order]).toEqual([['x'], ['b']]);
  holds.release(b);
  await third;
  expect(order).toEqual(['b', 'c']);
  holds.release(c);
  expect(holds.take(a, ['x'])).toBeUndefined();
});

test('passes a slow holder over', async () => {
  const holds = new Holds();
  const [slow, next] = [holder(), holder()];
  holds.take(slow, ['x']);
  const turn = holds.wait(next, 'x');
  await vi.advanceTimersByTimeAsync(60);
  await turn;
  holds.release(slow);
  expect(holds.take(slow, ['x'])).toBe('x');
});
