import type { Socket } from 'node:net';
import { encode } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Request } from './message.ts';
import { encodeReply, MAX_MESSAGE, parseRequest } from './message.ts';

/** Answers a command with a document, or with its bytes where they are at hand. */
export type Handler = (request: Request) => Doc | Buffer | Promise<Doc | Buffer>;

/** Reads messages from a socket and answers them one after another. */
export function serveConnection(
  socket: Socket,
  handle: Handler,
  onProtocolError: (error: Error) => void,
): void {
  let chunks: Buffer[] = [];
  let buffered = 0;
  let needed = 16;
  const waiting: Request[] = [];
  let busy = false;
  const client = { gone: false };

  const answer = (request: Request, reply: Doc | Buffer) => {
    if (request.unacknowledged || socket.destroyed) return;
    socket.write(encodeReply(request, Buffer.isBuffer(reply) ? reply : encode(reply)));
  };

  const run = () => {
    while (!busy) {
      const request = waiting.shift();
      if (!request) return;
      const reply = handle(request);
      if (!(reply instanceof Promise)) {
        answer(request, reply);
        continue;
      }
      busy = true;
      reply.then(
        (body) => {
          busy = false;
          answer(request, body);
          run();
        },
        (error: unknown) => fail(error),
      );
    }
  };

  const fail = (error: unknown) => {
    onProtocolError(error instanceof Error ? error : new Error(String(error)));
    socket.destroy();
  };

  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    buffered += chunk.length;
    if (buffered < needed) return;
    try {
      let data = chunks.length === 1 ? chunk : Buffer.concat(chunks, buffered);
      for (;;) {
        needed = data.length >= 4 ? data.readInt32LE(0) : 16;
        if (needed < 16 || needed > MAX_MESSAGE) throw new Error(`message of ${needed} bytes`);
        if (data.length < needed) break;
        waiting.push(parseRequest(data.subarray(0, needed), client));
        data = data.subarray(needed);
      }
      chunks = data.length > 0 ? [data] : [];
      buffered = data.length;
      run();
    } catch (error) {
      fail(error);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    client.gone = true;
  });
}
