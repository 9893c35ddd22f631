import type { IncomingMessage } from 'node:http';
import { AppError } from '@portico/envelope';
import type { RequestHandler } from 'express';
import { methods } from '../routing/methods.ts';
import { stateOf } from '../state.ts';

/** A body on these has no meaning of its own, so one whose length shows only at its end is refused. */
const lengthRequired = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/** Connections whose next request may be the hidden body of a refused one: nothing more is read from them. */
const ended = new WeakSet<object>();

/** Drops what a client hid behind a request that ends its connection. */
export const dropHiddenRequests: RequestHandler = (request, _response, next) => {
  if (!ended.has(request.socket)) next();
};

/** Refuses what is malformed or ambiguous, before it is counted or passed on. */
export const checkForm: RequestHandler = (request, response, next) => {
  const state = stateOf(response);
  const refusal = refusalOf(request, state.target !== undefined);
  if (refusal?.code === 'length_required') {
    ended.add(request.socket);
    state.headers.push('Connection', 'close');
  }
  next(refusal);
};

function refusalOf(request: IncomingMessage, hasTarget: boolean): AppError | undefined {
  const { headers, method = '' } = request;
  if (headers['transfer-encoding'] !== undefined && lengthRequired.has(method))
    return new AppError('length_required');
  if (!methods.has(method))
    return new AppError('method_not_allowed', { headers: { Allow: [...methods].join(', ') } });
  if (!hasTarget && !(method === 'OPTIONS' && request.url === '*')) return new AppError('bad_request');
  if (hostCount(request.rawHeaders) !== 1 && request.httpVersion !== '1.0')
    return new AppError('bad_request', { message: 'There must be one Host header.' });
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
    return new AppError('bad_request', { status: 417, message: 'This expectation cannot be met.' });
  // An offer of HTTP/2 may be ignored (RFC 9110, section 7.8); every other protocol was meant.
  if (headers.upgrade !== undefined && headers.upgrade.toLowerCase() !== 'h2c')
    return new AppError('bad_request', { message: 'The protocol cannot be changed here.' });
  return undefined;
}

/** Node keeps the first of two; another reader may take the second. */
function hostCount(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}
