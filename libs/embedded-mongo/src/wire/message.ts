import { decodeCommand, firstName } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Client } from '../query/budget.ts';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
export const MAX_MESSAGE = 48_000_000;

/** One command as it came in. */
export interface Request {
  requestId: number;
  opCode: number;
  /** The client waits for no answer. */
  unacknowledged: boolean;
  name: string;
  body: Doc;
  /** Arrays of documents that stay raw: those sent beside the body, and `documents` of an insert. */
  sequences: Map<string, Buffer[]>;
  client: Client;
}

/** Commands whose numbers must keep their types. */
const EXACT = new Set(['update', 'findAndModify', 'findandmodify', 'aggregate']);
const RAW_ARRAYS: Record<string, boolean> = { documents: true };

function parseBody(bytes: Buffer): Pick<Request, 'name' | 'body' | 'sequences'> {
  const name = firstName(bytes);
  const isInsert = name === 'insert';
  const body = decodeCommand(bytes, EXACT.has(name), isInsert ? RAW_ARRAYS : {});
  const sequences = new Map<string, Buffer[]>();
  if (isInsert && Array.isArray(body.documents)) {
    const documents = (body.documents as Uint8Array[]).map((raw) =>
      Buffer.from(raw.buffer, raw.byteOffset, raw.length),
    );
    sequences.set('documents', documents);
    delete body.documents;
  }
  return { name, body, sequences };
}

function parseMsg(message: Buffer): Omit<Request, 'requestId' | 'opCode' | 'client'> {
  const flags = message.readUInt32LE(16);
  if (flags & 0xffff & ~(CHECKSUM_PRESENT | MORE_TO_COME)) throw new Error('unknown required OP_MSG flags');
  const end = flags & CHECKSUM_PRESENT ? message.length - 4 : message.length;
  let pos = 20;
  let parsed: Pick<Request, 'name' | 'body' | 'sequences'> | undefined;
  const extra = new Map<string, Buffer[]>();
  while (pos < end) {
    const kind = message[pos++];
    const size = message.readInt32LE(pos);
    if (size < 5 || pos + size > end) throw new Error('malformed OP_MSG section');
    if (kind === 0) {
      parsed = parseBody(message.subarray(pos, pos + size));
    } else if (kind === 1) {
      const nameEnd = message.indexOf(0, pos + 4);
      extra.set(message.toString('utf8', pos + 4, nameEnd), splitDocuments(message, nameEnd + 1, pos + size));
    } else {
      throw new Error(`unknown OP_MSG section kind ${kind}`);
    }
    pos += size;
  }
  if (!parsed) throw new Error('OP_MSG without a body');
  for (const [name, documents] of extra) parsed.sequences.set(name, documents);
  return { ...parsed, unacknowledged: (flags & MORE_TO_COME) !== 0 };
}

function splitDocuments(message: Buffer, start: number, end: number): Buffer[] {
  const documents: Buffer[] = [];
  let pos = start;
  while (pos < end) {
    const size = message.readInt32LE(pos);
    if (size < 5 || pos + size > end) throw new Error('malformed document sequence');
    documents.push(message.subarray(pos, pos + size));
    pos += size;
  }
  return documents;
}

/** Parses one whole message. */
export function parseRequest(message: Buffer, client: Client): Request {
  const requestId = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  if (opCode === OP_MSG) return { requestId, opCode, client, ...parseMsg(message) };
  if (opCode === OP_QUERY) {
    const bodyAt = message.indexOf(0, 20) + 1 + 8;
    return { requestId, opCode, client, unacknowledged: false, ...parseBody(message.subarray(bodyAt)) };
  }
  throw new Error(`unsupported opcode ${opCode}`);
}

let lastRequestId = 0;

function header(length: number, responseTo: number, opCode: number): Buffer {
  const bytes = Buffer.alloc(length);
  lastRequestId = (lastRequestId + 1) & 0x7fffffff;
  bytes.writeInt32LE(lastRequestId, 4);
  bytes.writeInt32LE(responseTo, 8);
  bytes.writeInt32LE(opCode, 12);
  return bytes;
}

/** The answer to a request, in the form that it was asked in. */
export function encodeReply(request: Request, body: Buffer): Buffer {
  if (request.opCode === OP_QUERY) {
    const head = header(36, request.requestId, OP_REPLY);
    head.writeInt32LE(36 + body.length, 0);
    head.writeInt32LE(8, 16);
    head.writeInt32LE(1, 32);
    return Buffer.concat([head, body]);
  }
  const head = header(21, request.requestId, OP_MSG);
  head.writeInt32LE(21 + body.length, 0);
  return Buffer.concat([head, body]);
}
