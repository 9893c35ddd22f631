import { AppError } from '@portico/envelope';
import type { RequestHandler } from 'express';
import { clientKeys, Shares } from '../limits/shares.ts';
import type { Upstream } from '../proxy/upstream.ts';
import { stateOf, type RequestState } from '../state.ts';

/** A request that asks to wait, in its query or as a member of a small JSON body. */
const waitInQuery = /[?&]wait=0*[1-9]/;
const waitInBody = /"wait"\s*:\s*"?0*[1-9]/;

/**
 * Bounds what is under way at a service. Requests that wait (`wait=`) hold at most a part of that, and each address,
 * credential and path (document 001 has the owner in it) at most a share of that part.
 */
export function limitInFlight(
  upstreams: ReadonlyMap<string, Upstream>,
  waitingPerClient: number,
): RequestHandler {
  const shares = new Shares(waitingPerClient);
  return (request, response, next) => {
    const state = stateOf(response);
    const { match } = state;
    if (!match) throw new AppError('route_not_found');
    const upstream = upstreams.get(match.service);
    if (!upstream)
      throw new AppError('unavailable', { retryAfter: 10, cause: new Error('no address is configured') });
    const waits = asksToWait(state);
    if (upstream.inFlight >= upstream.maxInFlight || (waits && upstream.waiting >= upstream.maxWaiting))
      throw new AppError('unavailable', {
        retryAfter: 1,
        cause: new Error('too many requests are in flight'),
      });
    const release = waits
      ? shares.claim([...clientKeys(request, response), `${match.service}${match.path}`])
      : undefined;
    if (waits && !release)
      throw new AppError('rate_limited', { retryAfter: 1, message: 'Too many requests wait already.' });

    upstream.inFlight += 1;
    if (waits) upstream.waiting += 1;
    state.upstream = upstream;
    state.lane = waits ? 'waiting' : 'prompt';
    response.on('close', () => {
      upstream.inFlight -= 1;
      if (waits) upstream.waiting -= 1;
      release?.();
    });
    next();
  };
}

function asksToWait({ target, match, body }: RequestState): boolean {
  if (target && target.query !== '' && waitInQuery.test(target.query)) return true;
  return body !== undefined && match?.row.unsafeGet === true && waitInBody.test(body.toString('latin1'));
}
