import { requestIdOf } from '@portico/service';
import type { RequestHandler } from 'express';
import { clientOf } from '../edge/client.ts';
import type { RequestState } from '../state.ts';

/** Gives the request its id and its client; everything after this finds them in `response.locals`. */
export function identifyRequest(trustedProxies: number): RequestHandler {
  return (request, response, next) => {
    const requestId = requestIdOf(request.headers['x-request-id']);
    const state: RequestState = { requestId, client: clientOf(request, trustedProxies), headers: [] };
    response.locals = state;
    next();
  };
}
