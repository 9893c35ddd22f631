import type { RequestHandler } from 'express';
import type { OwnHeaders } from '../edge/own-headers.ts';
import { stateOf } from '../state.ts';

/** Puts the gateway's own headers beside the request, for the one `writeHead` of its answer. */
export function addOwnHeaders(ownHeaders: OwnHeaders): RequestHandler {
  return (request, response, next) => {
    const state = stateOf(response);
    state.headers = [...ownHeaders.of(request.headers.origin), 'X-Request-Id', state.requestId];
    next();
  };
}
