import { Double } from 'bson';
import type { Int32, Long } from 'bson';
import { bsonType, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { compareValues, toNumber } from '../keys/compare.ts';

/** Replaces bson's number classes by JavaScript numbers where that loses nothing. */
export function promote(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(promote);
  switch (bsonType(value)) {
    case 'Int32':
    case 'Double':
      return (value as Int32 | Double).value;
    case 'Long': {
      const number = (value as Long).toNumber();
      return Number.isSafeInteger(number) ? number : value;
    }
    default:
  }
  if (!isDocument(value)) return value;
  const result: Doc = {};
  for (const name of Object.keys(value)) result[name] = promote(value[name]);
  return result;
}

/** Gives back the number classes that a value had before: what a pipeline did not change keeps its type. */
export function restoreTypes(value: unknown, original: unknown): unknown {
  if (typeof value === 'number') {
    if (typeof original === 'object' && original !== null && toNumber(original) === value) return original;
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? new Double(value) : value;
  }
  if (Array.isArray(value)) {
    const before = Array.isArray(original) ? (original as unknown[]) : [];
    return value.map((element, i) => restoreTypes(element, before[i]));
  }
  if (!isDocument(value)) return value;
  const before = isDocument(original) ? original : {};
  const result: Doc = {};
  for (const name of Object.keys(value)) {
    if (value[name] !== undefined) result[name] = restoreTypes(value[name], before[name]);
  }
  return result;
}

/** Copies containers, so that changing the copy leaves the original alone. */
export function cloneContainers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cloneContainers);
  if (!isDocument(value)) return value;
  const result: Doc = {};
  for (const name of Object.keys(value)) result[name] = cloneContainers(value[name]);
  return result;
}

export const sameValue = (a: unknown, b: unknown) =>
  a !== undefined && b !== undefined && compareValues(a, b) === 0;
