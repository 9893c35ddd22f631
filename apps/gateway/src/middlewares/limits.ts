import { AppError } from '@portico/envelope';
import type { RequestHandler } from 'express';
import { strict, type Charge, type Limiter } from '../limits/limiter.ts';
import type { GatewayMetrics } from '../observe/metrics.ts';
import { stateOf, type RequestState } from '../state.ts';

/** The probes must not depend on Redis. */
const probes = new Set(['/healthz', '/readyz']);

/** Counts the request of its client address, and refuses it beyond the limit of its class. */
export function limitRequests(limiter: Limiter, metrics: GatewayMetrics): RequestHandler {
  return (_request, response, next) => {
    const state = stateOf(response);
    const { routeClass = 'read', client, target } = state;
    if (!state.match && target && probes.has(target.path)) {
      next();
      return;
    }
    const charge = limiter.charge(routeClass, client.ip);
    if (charge instanceof Promise) charge.then((done) => next(refusalOf(done, state, metrics)), next);
    else next(refusalOf(charge, state, metrics));
  };
}

function refusalOf(charge: Charge, state: RequestState, metrics: GatewayMetrics): AppError | undefined {
  const { routeClass = 'read' } = state;
  if (!charge) {
    if (!strict[routeClass]) return undefined;
    metrics.limited(routeClass, 'uncounted');
    return new AppError('unavailable', { retryAfter: 2, cause: new Error('Redis cannot count the request') });
  }
  const { allowed, limit, remaining, reset } = charge;
  state.headers.push('RateLimit-Limit', String(limit), 'RateLimit-Remaining', String(remaining));
  state.headers.push('RateLimit-Reset', String(reset));
  if (allowed) return undefined;
  metrics.limited(routeClass, 'limit');
  return new AppError('rate_limited', { retryAfter: reset });
}
