import { AppError } from '@portico/envelope';
import type { Request, RequestHandler, Response } from 'express';
import { clientKeys, Shares } from '../limits/shares.ts';
import type { Match } from '../routing/routes.ts';
import { stateOf } from '../state.ts';
import type { Refuse } from './errors.ts';

/** The largest body of a request, by where it goes. */
export interface BodyLimits {
  of(match: Match | undefined): number;
}

/** Bodies up to here are received before their service hears of them, so that it never waits for a client. */
export const largestSmallBody = 64 * 1024;
/** Bodies that took longer are slow: watched, and counted against the client's share. */
const slowAfterMs = 1000;
/** What a slow body must bring on average, and how long it may be behind that. */
const leastBytesPerSecond = 4 * 1024;
const behindMs = 9000;

export interface BodyOptions {
  limits: BodyLimits;
  /** Slow bodies of one address or credential at a time. */
  slowPerClient: number;
  refuse: Refuse;
}

/** Receives small bodies; larger ones are passed on while they arrive. Slow ones are bounded in rate, time and number. */
export function receiveBody(options: BodyOptions): RequestHandler {
  const shares = new Shares(options.slowPerClient);
  return (request, response, next) => {
    const { headers } = request;
    const length = Number(headers['content-length'] ?? 0);
    if (length === 0 && headers['transfer-encoding'] === undefined) {
      next();
      return;
    }
    const state = stateOf(response);
    const largest = options.limits.of(state.match);
    if (length > largest) throw new AppError('payload_too_large');
    watch(request, response, shares, options);
    if (length > largestSmallBody) {
      state.streams = true;
      next();
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    const proceed = (error?: AppError) => {
      request.off('data', onData).off('end', onEnd);
      if (!response.headersSent && !response.destroyed) next(error);
    };
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > largest) {
        proceed(new AppError('payload_too_large'));
      } else if (size > largestSmallBody) {
        request.pause();
        request.unshift(Buffer.concat(chunks));
        state.streams = true;
        proceed();
      }
    };
    const onEnd = () => {
      state.body = Buffer.concat(chunks);
      proceed();
    };
    request.on('data', onData).on('end', onEnd);
  };
}

/** Refuses a body that comes too slowly. What was passed on of it ends with the refusal. */
function watch(
  request: Request,
  response: Response,
  shares: Shares,
  { slowPerClient, refuse }: BodyOptions,
): void {
  const started = performance.now();
  const { socket } = request;
  const before = socket.bytesRead;
  let release: (() => void) | undefined;
  const look = () => {
    if (request.complete || response.headersSent) return;
    release ??= shares.claim(clientKeys(request, response));
    const elapsed = performance.now() - started;
    const expected = ((elapsed - behindMs) / 1000) * leastBytesPerSecond;
    if (!release) {
      const message = `More than ${slowPerClient} bodies arrive slowly already.`;
      refuse(response, new AppError('rate_limited', { retryAfter: 10, message }));
    } else if (socket.bytesRead - before < expected && !request.isPaused()) {
      const message = 'The body took too long to arrive.';
      refuse(response, new AppError('bad_request', { status: 408, message }));
    } else {
      timer.refresh();
    }
  };
  const timer = setTimeout(look, slowAfterMs);
  const stop = () => {
    clearTimeout(timer);
    release?.();
    release = undefined;
  };
  request.once('end', stop);
  response.on('close', stop);
}
