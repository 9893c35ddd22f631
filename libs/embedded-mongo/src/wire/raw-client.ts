import { once } from 'node:events';
import type { Socket } from 'node:net';
import { deserialize, serialize } from 'bson';
import type { Document } from 'bson';

// The tests' own end of the wire, for what the driver never sends.
const REQUEST_ID = 42;

/** Puts a message header before a payload. */
export function header(opCode: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32LE(16 + payload.length, 0);
  bytes.writeInt32LE(REQUEST_ID, 4);
  bytes.writeInt32LE(opCode, 12);
  return Buffer.concat([bytes, payload]);
}

export interface MsgOptions {
  flags?: number;
  checksum?: Buffer;
  sequences?: Record<string, Document[]>;
}

/** An OP_MSG with a body and, if given, document sequences. */
export function opMsg(
  body: Document,
  { flags = 0, checksum = Buffer.alloc(0), sequences = {} }: MsgOptions = {},
): Buffer {
  const flagBytes = Buffer.alloc(4);
  flagBytes.writeUInt32LE(flags);
  const parts: Uint8Array[] = [flagBytes, Buffer.from([0]), serialize(body)];
  for (const [name, documents] of Object.entries(sequences)) {
    const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents.map((doc) => serialize(doc))]);
    const size = Buffer.alloc(4);
    size.writeInt32LE(content.length + 4);
    parts.push(Buffer.from([1]), size, content);
  }
  return header(2013, Buffer.concat([...parts, checksum]));
}

/** The next answer on a connection, which must be to a request of ours. */
export async function receive(socket: Socket): Promise<Buffer> {
  const [data] = (await once(socket, 'data')) as [Buffer];
  if (data.readInt32LE(8) !== REQUEST_ID) throw new Error('an answer to something else');
  return data;
}

/** Sends an OP_MSG and gives the body of the answer. */
export async function ask(socket: Socket, message: Buffer): Promise<Document> {
  const answer = receive(socket);
  socket.write(message);
  return deserialize((await answer).subarray(21));
}
