import type { Double, Int32, Long } from 'bson';
import { bsonType, isDocument, putField } from '../bson.ts';
import type { Doc } from '../bson.ts';

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
  for (const name of Object.keys(value)) putField(result, name, promote(value[name]));
  return result;
}

/** Copies containers, so that changing the copy leaves the original alone. */
export function cloneContainers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cloneContainers);
  if (!isDocument(value)) return value;
  const result: Doc = {};
  for (const name of Object.keys(value)) putField(result, name, cloneContainers(value[name]));
  return result;
}
