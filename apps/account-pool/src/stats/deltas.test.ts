import { describe, expect, it } from 'vitest';
import { deltasOf } from './deltas.ts';

const at = (status: string, ownerId = 'o') => ({ ownerId, status });

describe('what changes do to the counts', () => {
  it('a new account adds, a deleted one takes away', () => {
    expect(deltasOf([{ platform: 'p', from: null, to: at('available') }])).toEqual([
      { _id: '["o","p","available"]', ownerId: 'o', platform: 'p', status: 'available', count: 1 },
    ]);
    expect(deltasOf([{ platform: 'p', from: at('used'), to: null }])).toMatchObject([
      { status: 'used', count: -1 },
    ]);
  });

  it('what cancels out is left out', () => {
    const there = { platform: 'p', from: at('available'), to: at('locked') };
    const back = { platform: 'p', from: at('locked'), to: at('available') };
    expect(deltasOf([there, back])).toEqual([]);
    expect(deltasOf([{ platform: 'p', from: at('locked'), to: at('locked') }])).toEqual([]);
  });

  it('names that look alike when put together are kept apart', () => {
    const deltas = deltasOf([
      { platform: 'b","c', from: null, to: at('s', 'a') },
      { platform: 'c', from: null, to: at('s', 'a","b') },
    ]);
    expect(deltas).toHaveLength(2);
  });
});
