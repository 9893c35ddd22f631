import type { Binary, BSONRegExp, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'bson';
import { bsonType } from '../bson.ts';

/** Where each type stands in MongoDB's comparison order; the gaps leave room for exclusive bounds. */
export const ORDER = {
  minKey: 0x0a,
  undefined: 0x10,
  null: 0x14,
  number: 0x1e,
  string: 0x28,
  object: 0x32,
  array: 0x3c,
  binary: 0x46,
  objectId: 0x50,
  boolean: 0x5a,
  date: 0x64,
  timestamp: 0x6e,
  regex: 0x78,
  code: 0x82,
  maxKey: 0xf0,
} as const;

export function typeOrder(value: unknown): number {
  switch (typeof value) {
    case 'undefined':
      return ORDER.undefined;
    case 'number':
    case 'bigint':
      return ORDER.number;
    case 'string':
      return ORDER.string;
    case 'boolean':
      return ORDER.boolean;
    default:
      return value === null ? ORDER.null : objectOrder(value as object);
  }
}

function objectOrder(value: object): number {
  if (Array.isArray(value)) return ORDER.array;
  if (value instanceof Date) return ORDER.date;
  if (value instanceof RegExp) return ORDER.regex;
  switch (bsonType(value)) {
    case undefined:
    case 'DBRef':
      return ArrayBuffer.isView(value) ? ORDER.binary : ORDER.object;
    case 'Int32':
    case 'Double':
    case 'Long':
    case 'Decimal128':
      return ORDER.number;
    case 'ObjectId':
      return ORDER.objectId;
    case 'Binary':
      return ORDER.binary;
    case 'Timestamp':
      return ORDER.timestamp;
    case 'BSONRegExp':
      return ORDER.regex;
    case 'BSONSymbol':
      return ORDER.string;
    case 'MinKey':
      return ORDER.minKey;
    case 'MaxKey':
      return ORDER.maxKey;
    default:
      return ORDER.code;
  }
}

/** The nearest double of any BSON number. */
export function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  const object = value as object;
  switch (bsonType(object)) {
    case 'Int32':
    case 'Double':
      return (object as Int32 | Double).value;
    case 'Long':
      return (object as Long).toNumber();
    case 'Decimal128':
      return Number((object as Decimal128).toString());
    default:
      return NaN;
  }
}

/** What a 64-bit integer loses when it becomes a double (0 for everything else). */
export function lostByDouble(value: unknown): number {
  if (typeof value !== 'object' || value === null || bsonType(value) !== 'Long') return 0;
  const long = value as Long;
  const double = long.toNumber();
  if (Number.isSafeInteger(double)) return 0;
  return Number(long.toBigInt() - BigInt(double));
}

export function binaryBytes(value: unknown): Uint8Array {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const binary = value as Binary;
  return binary.buffer.subarray(0, binary.position);
}

export function binarySubtype(value: unknown): number {
  return ArrayBuffer.isView(value) ? 0 : (value as Binary).sub_type;
}

export function regexParts(value: unknown): [string, string] {
  if (value instanceof RegExp) return [value.source, value.flags.replace('g', '')];
  const regex = value as BSONRegExp;
  return [regex.pattern, regex.options];
}

const sign = (a: number | string | bigint, b: number | string | bigint) => (a < b ? -1 : a > b ? 1 : 0);

function compareNumbers(a: unknown, b: unknown): number {
  const x = toNumber(a);
  const y = toNumber(b);
  if (Number.isNaN(x)) return Number.isNaN(y) ? 0 : -1;
  if (Number.isNaN(y)) return 1;
  return x < y ? -1 : x > y ? 1 : sign(lostByDouble(a), lostByDouble(b));
}

function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  // UTF-16 and UTF-8 order differ only where surrogates meet the characters above them.
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) return Buffer.compare(Buffer.from(a), Buffer.from(b));
    return x < y ? -1 : 1;
  }
  return sign(a.length, b.length);
}

function compareObjects(a: Record<string, unknown>, b: Record<string, unknown>): number {
  const keysA = Object.keys(a);
  const keysB = Object.keys(b);
  const length = Math.min(keysA.length, keysB.length);
  for (let i = 0; i < length; i++) {
    const keyA = keysA[i] ?? '';
    const keyB = keysB[i] ?? '';
    const order =
      sign(typeOrder(a[keyA]), typeOrder(b[keyB])) ||
      compareStrings(keyA, keyB) ||
      compareValues(a[keyA], b[keyB]);
    if (order) return order;
  }
  return sign(keysA.length, keysB.length);
}

function compareArrays(a: unknown[], b: unknown[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareValues(a[i], b[i]);
    if (order) return order;
  }
  return sign(a.length, b.length);
}

/** Compares two values in BSON order; numbers of different types compare by value. */
export function compareValues(a: unknown, b: unknown): number {
  const order = typeOrder(a);
  const byType = sign(order, typeOrder(b));
  if (byType) return byType;
  switch (order) {
    case ORDER.number:
      return typeof a === 'number' && typeof b === 'number' && a === b ? 0 : compareNumbers(a, b);
    case ORDER.string:
      return compareStrings(String(a), String(b));
    case ORDER.object:
      return compareObjects(a as Record<string, unknown>, b as Record<string, unknown>);
    case ORDER.array:
      return compareArrays(a as unknown[], b as unknown[]);
    case ORDER.binary: {
      const x = binaryBytes(a);
      const y = binaryBytes(b);
      return sign(x.length, y.length) || sign(binarySubtype(a), binarySubtype(b)) || Buffer.compare(x, y);
    }
    case ORDER.objectId:
      return Buffer.compare((a as ObjectId).id, (b as ObjectId).id);
    case ORDER.boolean:
      return sign(Number(a), Number(b));
    case ORDER.date:
      return sign((a as Date).getTime(), (b as Date).getTime());
    case ORDER.timestamp:
      return sign((a as Timestamp).toBigInt(), (b as Timestamp).toBigInt());
    case ORDER.regex: {
      const [patternA, flagsA] = regexParts(a);
      const [patternB, flagsB] = regexParts(b);
      return compareStrings(patternA, patternB) || compareStrings(flagsA, flagsB);
    }
    case ORDER.code:
      return compareStrings(JSON.stringify(a), JSON.stringify(b));
    default:
      return 0;
  }
}
