import type { Long, ObjectId } from 'bson';
import { bsonType, isDocument } from '../bson.ts';
import { toNumber } from '../keys/compare.ts';

/** A value as MongoDB writes it in the text of a duplicate key error. */
function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (Array.isArray(value)) return `[ ${value.map(describeValue).join(', ')} ]`;
  if (isDocument(value)) return describeKey(value);
  if (typeof value === 'object') {
    switch (bsonType(value)) {
      case 'ObjectId':
        return `ObjectId('${(value as ObjectId).toHexString()}')`;
      case 'Int32':
      case 'Double':
        return String(toNumber(value));
      default:
        return (value as Long).toString();
    }
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

/** `{ a: 1, b: "x" }` */
export function describeKey(doc: Record<string, unknown>): string {
  const fields = Object.entries(doc).map(([name, value]) => `${name}: ${describeValue(value)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}
