import { describe, expect, it, vi } from 'vitest';
import { createFairQueue } from './fair-queue.ts';

function start(maxWaiting = 4, longestWaitMs = 60_000) {
  const queue = createFairQueue({
    concurrency: 1,
    maxWaiting,
    longestWaitMs,
    refusal: (waiting) => new Error(`refused with ${waiting} waiting`),
  });
  const order: string[] = [];
  const ends: (() => void)[] = [];
  /** Work that lasts until it is ended. */
  const add = (from: string, name: string) =>
    queue
      .run(from, async () => {
        order.push(name);
        await new Promise<void>((resolve) => ends.push(resolve));
        return name;
      })
      .catch((error: unknown) => (error as Error).message);
  async function endAll(): Promise<void> {
    while (ends.length > 0) {
      ends.shift()?.();
      await new Promise(setImmediate);
    }
  }
  return { add, order, endAll };
}

describe('createFairQueue', () => {
  it('takes one from each origin in turn', async () => {
    const { add, order, endAll } = start();
    const all = [add('a', 'a1'), add('a', 'a2'), add('a', 'a3'), add('b', 'b1'), add('c', 'c1')];
    await endAll();
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'c1']);
    expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3']);
  });

  it('refuses the origin that fills it, and makes room for others', async () => {
    const { add, order, endAll } = start();
    const flood = Array.from({ length: 60 }, (_, n) => add('flood', `f${n}`));
    const others = [add('x', 'x1'), add('y', 'y1')];
    await endAll();
    expect(await Promise.all(others)).toEqual(['x1', 'y1']);
    expect(order).toEqual(['f0', 'f1', 'x1', 'y1', 'f2']);
    expect((await Promise.all(flood)).filter((result) => result.startsWith('refused'))).toHaveLength(57);
  });

  it('refuses what has waited for too long, without running it', async () => {
    vi.useFakeTimers();
    try {
      const { add, order } = start(4, 4000);
      void add('a', 'a1');
      const late = add('b', 'b1');
      await vi.advanceTimersByTimeAsync(3999);
      expect(order).toEqual(['a1']);
      await vi.advanceTimersByTimeAsync(1);
      expect(await late).toMatch(/^refused/);
    } finally {
      vi.useRealTimers();
    }
  });

  it('goes on after work that fails', async () => {
    const queue = createFairQueue({
      concurrency: 1,
      maxWaiting: 1,
      longestWaitMs: 60_000,
      refusal: () => new Error(),
    });
    const failed = queue.run('a', () => Promise.reject(new Error('broken')));
    const next = queue.run('a', async () => 'next');
    await expect(failed).rejects.toThrow('broken');
    expect(await next).toBe('next');
  });
});
