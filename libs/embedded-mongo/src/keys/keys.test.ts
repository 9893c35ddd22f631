import { Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { describe, expect, test } from 'vitest';
import { compareValues } from './compare.ts';
import { cutToLimit, encodeEntry, encodeValue, MAX_FIELDS_LENGTH } from './encode.ts';
import { extractKeys } from './extract.ts';

const VALUES: unknown[] = [
  new MinKey(),
  undefined,
  null,
  NaN,
  -Infinity,
  -1e300,
  new Double(-2.5),
  new Int32(-2),
  -1,
  0,
  Number.MIN_VALUE,
  new Decimal128('0.25'),
  1,
  new Int32(2),
  2.5,
  Long.fromString('9007199254740992'),
  Long.fromString('9007199254740993'),
  Long.fromString('9223372036854775807'),
  1e300,
  Infinity,
  '',
  '\0',
  '\0a',
  'a',
  'a\0',
  'a\0b',
  'ab',
  'b',
  'é',
  '￿',
  '😀',
  {},
  { a: 1 },
  { a: 1, b: 1 },
  { a: 2 },
  { b: 0 },
  { a: 'x' },
  [],
  [1],
  [1, 2],
  [2],
  ['a'],
  new Binary(Buffer.from([])),
  new Binary(Buffer.from([1])),
  new Binary(Buffer.from([0, 0])),
  new ObjectId('000000000000000000000001'),
  new ObjectId('ff0000000000000000000000'),
  false,
  true,
  new Date(-5),
  new Date(0),
  new Date(1e12),
  new Timestamp({ t: 1, i: 1 }),
  new Timestamp({ t: 1, i: 2 }),
  /a/,
  /b/i,
  new MaxKey(),
];

describe('index keys', () => {
  test('bytes compare as the values do, ascending and descending', () => {
    for (const a of VALUES) {
      for (const b of VALUES) {
        const expected = Math.sign(compareValues(a, b));
        expect(Math.sign(Buffer.compare(encodeValue(a), encodeValue(b))), `${String(a)} ${String(b)}`).toBe(
          expected,
        );
        const descending = Math.sign(Buffer.compare(encodeValue(a, true), encodeValue(b, true)));
        expect(descending + expected).toBe(0);
      }
    }
  });

  test('the values above stand in BSON order except where types interleave by content', () => {
    const sorted = [...VALUES].sort(compareValues);
    const byBytes = [...VALUES].sort((a, b) => Buffer.compare(encodeValue(a), encodeValue(b)));
    expect(byBytes.map((value) => encodeValue(value).toString('hex'))).toEqual(
      sorted.map((value) => encodeValue(value).toString('hex')),
    );
  });

  test('numbers of different types with one value have one key', () => {
    const keys = [1, new Int32(1), new Double(1), Long.ONE, Decimal128.fromString('1.0')].map((v) =>
      encodeValue(v).toString('hex'),
    );
    expect(new Set(keys).size).toBe(1);
    expect(encodeValue(0)).toEqual(encodeValue(-0));
  });

  test('no key is the beginning of another, so compound keys compare field by field', () => {
    const keys = VALUES.map((value) => encodeValue(value));
    for (const a of keys) {
      for (const b of keys) if (!a.equals(b)) expect(b.subarray(0, a.length).equals(a)).toBe(false);
    }
  });

  test('long keys fit and stay distinct', () => {
    const long = (end: string) => encodeEntry(1, ['x'.repeat(5000) + end], [false], 1);
    expect(long('a').length).toBeLessThanOrEqual(MAX_FIELDS_LENGTH + 10);
    expect(long('a').equals(long('b'))).toBe(false);
    expect(cutToLimit(Buffer.alloc(10)).length).toBe(10);
  });
});

describe('keys of a document', () => {
  const keys = (doc: Record<string, unknown>, ...paths: string[]) =>
    extractKeys(
      doc,
      paths.map((path) => path.split('.')),
    ).tuples;

  test('missing is null, an empty array undefined, elements are keys', () => {
    expect(keys({}, 'a')).toEqual([[null]]);
    expect(keys({ a: [] }, 'a')).toEqual([[undefined]]);
    expect(keys({ a: [1, [2]] }, 'a')).toEqual([[1], [[2]]]);
  });

  test('paths go through arrays of documents, together where they share one', () => {
    expect(keys({ l: [{ k: 1, v: 2 }, { k: 3 }] }, 'l.k', 'l.v')).toEqual([
      [1, 2],
      [3, null],
    ]);
    expect(keys({ l: [{ k: [1, 2] }], x: 5 }, 'l.k', 'x')).toEqual([
      [1, 5],
      [2, 5],
    ]);
    expect(keys({ l: [7, { k: 1 }] }, 'l.1.k')).toEqual([[1]]);
  });

  test('parallel arrays are refused', () => {
    expect(() => keys({ a: [1], b: [2] }, 'a', 'b')).toThrow('parallel arrays');
  });
});
