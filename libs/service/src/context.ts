import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** What a handler may know and say beyond its validated input. */
export interface RequestContext {
  readonly requestId: string;
  /** Address of the client, as the gateway saw it. */
  readonly clientIp: string;
  readonly userAgent: string;
  /** Aborted when the client leaves before the answer. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Sets a header of the answer; each `Set-Cookie` is one more. */
  header(name: string, value: string): void;
}

const wellFormedId = /^[A-Za-z0-9._:-]{8,128}$/;

/** The request's id: the caller's if it is well-formed, else a new one. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && wellFormedId.test(header) ? header : randomUUID();
}

/**
 * The client's address. Services are reached through the gateway only, which replaces `X-Forwarded-For` by the one
 * address it established (ARCHITECTURE.md, The gateway).
 */
export function clientIpOf(request: IncomingMessage): string {
  const forwarded = request.headers['x-forwarded-for'];
  const first = typeof forwarded === 'string' ? forwarded.split(',', 1)[0]?.trim() : undefined;
  return first || (request.socket.remoteAddress ?? '');
}

export function createContext(
  request: IncomingMessage,
  response: ServerResponse,
  logger: Logger,
): RequestContext {
  const requestId = requestIdOf(request.headers['x-request-id']);
  let abort: AbortController | undefined;
  let log: Logger | undefined;
  return {
    requestId,
    request,
    response,
    get clientIp() {
      return clientIpOf(request);
    },
    get userAgent() {
      return (request.headers['user-agent'] ?? '').slice(0, 512);
    },
    get signal() {
      if (!abort) {
        const controller = (abort = new AbortController());
        response.once('close', () => {
          if (!response.writableFinished) controller.abort();
        });
      }
      return abort.signal;
    },
    get log() {
      return (log ??= logger.child({ requestId }));
    },
    header(name, value) {
      if (name.toLowerCase() === 'set-cookie') response.appendHeader(name, value);
      else response.setHeader(name, value);
    },
  };
}
