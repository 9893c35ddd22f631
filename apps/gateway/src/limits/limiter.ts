import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { networkOf } from '../edge/client.ts';
import { routeClasses, type RouteClass } from '../routing/routes.ts';

export interface Rate {
  points: number;
  seconds: number;
}

/** What a limit says to one request. */
export interface Verdict {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Seconds until the window begins anew. */
  reset: number;
}

/** Counts requests by client address and route class. */
export interface Limiter {
  /** Undefined where nothing can be said, because Redis is away. */
  charge(routeClass: RouteClass, ip: string): Promise<Verdict | undefined>;
}

/** Guessing and sending are refused while nobody counts; the rest goes on (ARCHITECTURE.md, The gateway). */
export const failsClosed: Record<RouteClass, boolean> = {
  login: true,
  code: true,
  write: false,
  read: false,
};

/** How long requests that may go on uncounted do not ask Redis after it failed, so that a hanging one costs nothing. */
const awayMs = 1000;

export function createLimiter(
  rates: Record<RouteClass, Rate>,
  redis: Redis | undefined,
  prefix: string,
): Limiter {
  let awayUntil = 0;
  const limiters = Object.fromEntries(
    routeClasses.map((routeClass) => {
      const { points, seconds } = rates[routeClass];
      const options = { points, duration: seconds, keyPrefix: `${prefix}:limit:${routeClass}` };
      const limiter = redis
        ? new RateLimiterRedis({
            ...options,
            storeClient: redis,
            rejectIfRedisNotReady: true,
            // Who is beyond the limit costs Redis nothing until the window ends.
            inMemoryBlockOnConsumed: points + 1,
          })
        : new RateLimiterMemory(options);
      return [routeClass, limiter];
    }),
  ) as Record<RouteClass, RateLimiterRedis | RateLimiterMemory>;

  return {
    async charge(routeClass, ip) {
      if (!failsClosed[routeClass] && performance.now() < awayUntil) return undefined;
      const limit = rates[routeClass].points;
      try {
        return verdict(true, limit, await limiters[routeClass].consume(networkOf(ip)));
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return verdict(false, limit, refusal);
        awayUntil = performance.now() + awayMs;
        return undefined;
      }
    },
  };
}

function verdict(allowed: boolean, limit: number, result: RateLimiterRes): Verdict {
  return {
    allowed,
    limit,
    remaining: result.remainingPoints,
    reset: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
  };
}
