import type { RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError } from '@portico/envelope';
import { listen, type Listener } from '@portico/service';
import type { Config } from './config.ts';
import { general } from './errors.ts';

/** A slow sender has so long for its headers and for its whole request. */
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 300_000;
const maxHeaderBytes = 16 * 1024;

/** The business port: bounded in the time and the bytes that a request may take to arrive. */
export async function listenForClients(
  handler: RequestListener,
  { HOST, PORT }: Pick<Config, 'HOST' | 'PORT'>,
): Promise<Listener> {
  const listener = await listen(handler, {
    host: HOST,
    port: PORT,
    server: {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      maxHeaderSize: maxHeaderBytes,
      // Node's own answer would have no envelope; the form checks refuse a request without one.
      requireHostHeader: false,
    },
  });
  // Node's own answer to an expectation it does not know has no envelope either.
  listener.server.on('checkExpectation', handler);
  listener.server.on('clientError', answerUnreadable);
  return listener;
}

const unreadable: Record<string, { status: string; error: AppError }> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    error: new AppError('bad_request', { status: 431, message: 'The headers are too large.' }),
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    error: new AppError('bad_request', { status: 408, message: 'The request took too long to arrive.' }),
  },
};
const malformed = { status: '400 Bad Request', error: new AppError('bad_request') };

/** What is not HTTP never becomes a request; its sender is told so and the connection ends. */
function answerUnreadable(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, error: named } = unreadable[error.code ?? ''] ?? malformed;
  const body = JSON.stringify(general(named).body);
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
