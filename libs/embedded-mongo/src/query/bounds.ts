import { compareValues, ORDER, typeOrder } from '../keys/compare.ts';
import { encodeValue, invert, MAX_FIELDS_LENGTH } from '../keys/encode.ts';
import type { Condition } from './predicates.ts';

/** A range of the encoded values of one index field; both ends are inclusive or exclusive as said. */
export interface FieldRange {
  low: Buffer;
  lowInclusive: boolean;
  high: Buffer;
  highInclusive: boolean;
}

/** What the conditions on one field leave of it. */
export interface FieldBounds {
  /** Single values, or undefined when it is a range. */
  points: Buffer[] | undefined;
  range: FieldRange | undefined;
  /** True when every condition is decided by these bounds. */
  exact: boolean;
}

/** Bytes below and above every encoded value of a type; between the types nothing is ever encoded. */
export const below = (order: number) => Buffer.from([order - 1, 0xff]);
const above = (order: number) => Buffer.from([order + 1, 0x00]);

function rangeOf({ op, value }: Condition): FieldRange {
  if (op === '$exists') {
    const low = Buffer.from([0x00]);
    return { low, lowInclusive: true, high: Buffer.from([0xfe]), highInclusive: true };
  }
  if (op === 'prefix') {
    const text = encodeValue(value);
    // Without its terminator the text is a prefix of everything that starts with it.
    const low = text.subarray(0, text.length - 2);
    return { low, lowInclusive: true, high: low, highInclusive: true };
  }
  const order = typeOrder(value);
  const encoded = encodeValue(value);
  // NaN sorts below all numbers but is not less than any.
  const lowest = order === ORDER.number ? encodeValue(-Infinity) : below(order);
  switch (op) {
    case '$gt':
    case '$gte':
      return { low: encoded, lowInclusive: op === '$gte', high: above(order), highInclusive: false };
    default:
      return { low: lowest, lowInclusive: true, high: encoded, highInclusive: op === '$lte' };
  }
}

function intersect(a: FieldRange, b: FieldRange): FieldRange {
  const low = Buffer.compare(a.low, b.low);
  const high = Buffer.compare(a.high, b.high);
  return {
    low: low >= 0 ? a.low : b.low,
    lowInclusive: low === 0 ? a.lowInclusive && b.lowInclusive : low > 0 ? a.lowInclusive : b.lowInclusive,
    high: high <= 0 ? a.high : b.high,
    highInclusive:
      high === 0 ? a.highInclusive && b.highInclusive : high < 0 ? a.highInclusive : b.highInclusive,
  };
}

function uniqueSorted(values: readonly unknown[]): unknown[] {
  const sorted = [...values].sort(compareValues);
  return sorted.filter((value, i) => i === 0 || compareValues(value, sorted[i - 1]) !== 0);
}

/**
 * Bounds for one field of an index. On a field with arrays only one condition can be used, since different elements may
 * satisfy different conditions.
 */
export function fieldBounds(
  conditions: readonly Condition[],
  descending: boolean,
  multikey: boolean,
): FieldBounds | undefined {
  const point = conditions.find(({ op }) => op === '$eq') ?? conditions.find(({ op }) => op === '$in');
  if (point) {
    const values = point.op === '$eq' ? [point.value] : uniqueSorted(point.value as unknown[]);
    const points = values.map((value) => encodeValue(value ?? null, descending));
    if (descending) points.reverse();
    return { points, range: undefined, exact: point.exact && conditions.length === 1 };
  }
  const usable = conditions.filter(({ op }) => op !== '$exists');
  const chosen = usable.length === 0 ? conditions : multikey ? usable.slice(0, 1) : usable;
  const ranges = chosen.map(rangeOf).filter(({ low, high }) => low.length + high.length < MAX_FIELDS_LENGTH);
  const [first, ...others] = ranges;
  if (!first) return undefined;
  const range = others.reduce(intersect, first);
  const used = ranges.length === conditions.length;
  return {
    points: undefined,
    range: descending ? inverted(range) : range,
    exact: used && conditions.every(({ exact }) => exact),
  };
}

function inverted({ low, lowInclusive, high, highInclusive }: FieldRange): FieldRange {
  return { low: invert(high), lowInclusive: highInclusive, high: invert(low), highInclusive: lowInclusive };
}
