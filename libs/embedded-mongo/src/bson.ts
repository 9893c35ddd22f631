import { deserialize, serialize } from 'bson';
import type { DeserializeOptions } from 'bson';

/** A decoded document. */
export type Doc = Record<string, unknown>;

/** Numbers stay Int32, Double and Long objects, so that a document can be written back unchanged. */
const EXACT: DeserializeOptions = { promoteValues: false, promoteBuffers: false, bsonRegExp: true };
/** Plain JavaScript numbers, as the query and aggregation operators expect them. */
const PROMOTED: DeserializeOptions = { bsonRegExp: true };

export function decodeExact(bytes: Uint8Array): Doc {
  return deserialize(bytes, EXACT);
}

export function decodePromoted(bytes: Uint8Array): Doc {
  return deserialize(bytes, PROMOTED);
}

/** Decodes a command; the elements of the named arrays stay raw bytes. */
export function decodeCommand(bytes: Uint8Array, exact: boolean, rawArrays: Record<string, boolean>): Doc {
  return deserialize(bytes, { ...(exact ? EXACT : PROMOTED), fieldsAsRaw: rawArrays });
}

export function encode(doc: Doc): Buffer {
  const bytes = serialize(doc, { ignoreUndefined: false });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The type name that bson puts on its own classes. */
export function bsonType(value: object): string | undefined {
  return (value as { _bsontype?: string })._bsontype;
}

/** True for a document, false for arrays, dates and the classes of bson. */
export function isDocument(value: unknown): value is Doc {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (value instanceof Date || value instanceof RegExp || ArrayBuffer.isView(value)) return false;
  return bsonType(value) === undefined;
}

/** Sets a field, also one that is named like an accessor of every object. */
export function putField(doc: Doc, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(doc, name, { value, enumerable: true, writable: true, configurable: true });
  } else {
    doc[name] = value;
  }
}

/** Position of the byte after a value of the given BSON type that starts at `pos`. */
export function skipValue(buf: Buffer, type: number, pos: number): number {
  switch (type) {
    case 0x01:
    case 0x09:
    case 0x11:
    case 0x12:
      return pos + 8;
    case 0x02:
    case 0x0d:
    case 0x0e:
      return pos + 4 + buf.readInt32LE(pos);
    case 0x03:
    case 0x04:
    case 0x0f:
      return pos + buf.readInt32LE(pos);
    case 0x05:
      return pos + 5 + buf.readInt32LE(pos);
    case 0x06:
    case 0x0a:
    case 0xff:
    case 0x7f:
      return pos;
    case 0x07:
      return pos + 12;
    case 0x08:
      return pos + 1;
    case 0x0b:
      return buf.indexOf(0, buf.indexOf(0, pos) + 1) + 1;
    case 0x0c:
      return pos + 4 + buf.readInt32LE(pos) + 12;
    case 0x10:
      return pos + 4;
    case 0x13:
      return pos + 16;
    default:
      throw new Error(`unknown BSON type ${type}`);
  }
}

/** Name of the first element of a raw document. */
export function firstName(buf: Buffer): string {
  if (buf[4] === 0) return '';
  return buf.toString('latin1', 5, buf.indexOf(0, 5));
}

/** Like a MongoDB server, stores `_id` as the first element, wherever the client put it. */
export function idFirst(buf: Buffer): Buffer {
  if (firstName(buf) === '_id') return buf;
  let pos = 4;
  while (buf[pos] !== 0) {
    const nameEnd = buf.indexOf(0, pos + 1);
    const end = skipValue(buf, buf[pos] ?? 0, nameEnd + 1);
    if (nameEnd - pos === 4 && buf.toString('latin1', pos + 1, nameEnd) === '_id') {
      return Buffer.concat([
        buf.subarray(0, 4),
        buf.subarray(pos, end),
        buf.subarray(4, pos),
        buf.subarray(end),
      ]);
    }
    pos = end;
  }
  return buf;
}
