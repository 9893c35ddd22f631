import { describe, expect, it } from 'vitest';
import { createMetrics, sampleGauge, secondsSince } from './metrics.ts';

describe('a gauge that asks a store', () => {
  it('keeps its last value while the store is away, and does not wait for it', async () => {
    const metrics = createMetrics('test');
    let answer: () => Promise<number> | number = () => 7;
    sampleGauge(metrics, { name: 'age', help: 'Age', labels: { of: 'a' }, read: () => answer() });
    const shown = async () => /^age\{.*\} (\S+)$/m.exec(await metrics.registry.metrics())?.[1];
    expect(await shown()).toBe('7');
    answer = () => {
      throw new Error('away');
    };
    expect(await shown()).toBe('7');
    answer = () => Promise.reject(new Error('away'));
    expect(await shown()).toBe('7');
    answer = () => new Promise<number>(() => undefined);
    expect(await shown()).toBe('7');
    answer = () => Promise.resolve(0);
    expect(await shown()).toBe('0');
  });
});

it('an age is never negative, and 0 of nothing', () => {
  expect(secondsSince(new Date(Date.now() + 5000))).toBe(0);
  expect(secondsSince(undefined)).toBe(0);
  expect(secondsSince(new Date(Date.now() - 5000))).toBeCloseTo(5, 0);
});
