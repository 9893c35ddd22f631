import { createHash } from 'node:crypto';
import type { ObjectId, Timestamp } from 'bson';
import {
  binaryBytes,
  binarySubtype,
  lostByDouble,
  ORDER,
  regexParts,
  toNumber,
  typeOrder,
} from './compare.ts';

let buffer = Buffer.allocUnsafeSlow(1 << 16);
let position = 0;

function reserve(bytes: number): void {
  if (position + bytes <= buffer.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, position + bytes));
  buffer.copy(larger, 0, 0, position);
  buffer = larger;
}

function writeByte(byte: number): void {
  reserve(1);
  buffer[position++] = byte;
}

/** Ends with 00 00 and writes a zero inside as 00 FF: no text is a prefix of another, and the order stays. */
function writeText(text: string): void {
  reserve(text.length * 3 + 2);
  const start = position;
  if (text.length < 24) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80 || code === 0) return writeLongText(text, start);
      buffer[position++] = code;
    }
  } else {
    return writeLongText(text, start);
  }
  buffer[position++] = 0;
  buffer[position++] = 0;
}

function writeLongText(text: string, start: number): void {
  position = start;
  if (!text.includes('\0')) {
    position += buffer.write(text, position, 'utf8');
  } else {
    reserve(text.length * 6 + 2);
    for (const byte of Buffer.from(text)) {
      buffer[position++] = byte;
      if (byte === 0) buffer[position++] = 0xff;
    }
  }
  buffer[position++] = 0;
  buffer[position++] = 0;
}

/** An order-preserving double, then what a 64-bit integer has beyond it. */
function writeNumber(value: unknown): void {
  reserve(10);
  const number = toNumber(value);
  if (Number.isNaN(number)) {
    buffer.fill(0, position, position + 10);
  } else {
    buffer.writeDoubleBE(number === 0 ? 0 : number, position);
    if ((buffer[position] ?? 0) & 0x80) {
      for (let i = 0; i < 8; i++) buffer[position + i] = ~(buffer[position + i] ?? 0) & 0xff;
    } else {
      buffer[position] = (buffer[position] ?? 0) | 0x80;
    }
    buffer.writeUInt16BE(0x8000 + (typeof value === 'number' ? 0 : lostByDouble(value)), position + 8);
  }
  position += 10;
}

/** Appends one value; the result compares bytewise as the values compare in BSON order. */
function writeValue(value: unknown): void {
  const order = typeOrder(value);
  writeByte(order);
  switch (order) {
    case ORDER.number:
      return writeNumber(value);
    case ORDER.string:
      return writeText(String(value));
    case ORDER.object:
      for (const [name, field] of Object.entries(value as Record<string, unknown>)) {
        writeByte(typeOrder(field));
        writeText(name);
        writeValue(field);
      }
      return writeByte(0);
    case ORDER.array:
      for (const element of value as unknown[]) writeValue(element);
      return writeByte(0);
    case ORDER.binary: {
      const bytes = binaryBytes(value);
      reserve(bytes.length + 5);
      buffer.writeUInt32BE(bytes.length, position);
      buffer[position + 4] = binarySubtype(value);
      buffer.set(bytes, position + 5);
      position += bytes.length + 5;
      return;
    }
    case ORDER.objectId:
      reserve(12);
      buffer.set((value as ObjectId).id, position);
      position += 12;
      return;
    case ORDER.boolean:
      return writeByte(value ? 1 : 0);
    case ORDER.date:
      reserve(8);
      buffer.writeBigInt64BE(BigInt((value as Date).getTime() || 0) ^ (-1n << 63n), position);
      position += 8;
      return;
    case ORDER.timestamp:
      reserve(8);
      buffer.writeBigUInt64BE(BigInt.asUintN(64, (value as Timestamp).toBigInt()), position);
      position += 8;
      return;
    case ORDER.regex:
      for (const part of regexParts(value)) writeText(part);
      return;
    case ORDER.code:
      return writeText(JSON.stringify(value));
    default:
      return;
  }
}

/** Flips every bit from `start` on, which turns ascending into descending order. */
function invertFrom(start: number): void {
  for (let i = start; i < position; i++) buffer[i] = ~(buffer[i] ?? 0) & 0xff;
}

/** The bytes of one value in the given direction. */
export function encodeValue(value: unknown, descending = false): Buffer {
  position = 0;
  writeValue(value);
  if (descending) invertFrom(0);
  return Buffer.from(buffer.subarray(0, position));
}

/** Returns a copy with every bit flipped. */
export function invert(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  for (let i = 0; i < copy.length; i++) copy[i] = ~(copy[i] ?? 0) & 0xff;
  return copy;
}

/** LMDB takes 1978 bytes; what is longer is cut and told apart by a hash, so equality stays exact. */
export const MAX_FIELDS_LENGTH = 1900;
const CUT_AT = MAX_FIELDS_LENGTH - 20;

/** Cuts the fields of an index key to what LMDB can hold. */
export function cutToLimit(fields: Buffer): Buffer {
  if (fields.length <= MAX_FIELDS_LENGTH) return fields;
  return Buffer.concat([fields.subarray(0, CUT_AT), createHash('sha1').update(fields).digest()]);
}

/** The key of one index entry: index number, fields and, unless the index is unique, the record number. */
export function encodeEntry(
  indexId: number,
  values: readonly unknown[],
  descending: readonly boolean[],
  recordId: number | undefined,
): Buffer {
  position = 0;
  reserve(4);
  buffer.writeUInt32BE(indexId, 0);
  position = 4;
  for (let i = 0; i < values.length; i++) {
    const start = position;
    writeValue(values[i]);
    if (descending[i]) invertFrom(start);
  }
  if (position > MAX_FIELDS_LENGTH + 4) {
    const cut = cutToLimit(Buffer.from(buffer.subarray(4, position)));
    cut.copy(buffer, 4);
    position = 4 + cut.length;
  }
  if (recordId !== undefined) {
    reserve(6);
    buffer.writeUIntBE(recordId, position, 6);
    position += 6;
  }
  return Buffer.from(buffer.subarray(0, position));
}

/** A sort key for several values, comparable with `Buffer.compare`. */
export function encodeSortKey(values: readonly unknown[], descending: readonly boolean[]): Buffer {
  position = 0;
  for (let i = 0; i < values.length; i++) {
    const start = position;
    writeValue(values[i]);
    if (descending[i]) invertFrom(start);
  }
  return Buffer.from(buffer.subarray(0, position));
}
