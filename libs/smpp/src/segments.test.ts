import { describe, expect, it } from 'vitest';
import { segmentsOf } from './segments.ts';

describe('segments', () => {
  const sizes = (text: string) => {
    const { dataCoding, parts } = segmentsOf(text, 7);
    return [dataCoding, ...parts.map(({ message }) => message.length)];
  };

  it('fill what the air carries, and no more', () => {
    expect(sizes('a'.repeat(160))).toEqual([0, 160]);
    expect(sizes('a'.repeat(161))).toEqual([0, 153, 8]);
    expect(sizes('码'.repeat(70))).toEqual([8, 140]);
    expect(sizes('码'.repeat(71))).toEqual([8, 134, 8]);
  });

  it('split neither an escaped character nor a surrogate pair', () => {
    expect(sizes(`${'a'.repeat(152)}€${'b'.repeat(10)}`)).toEqual([0, 152, 12]);
    expect(sizes(`${'码'.repeat(66)}😀${'码'.repeat(10)}`)).toEqual([8, 132, 24]);
  });
});
