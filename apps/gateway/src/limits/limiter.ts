import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { networkOf } from '../edge/client.ts';
import { routeClasses, type RouteClass } from '../routing/routes.ts';
import { createLeases } from './leases.ts';

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

/** Undefined where nothing can be said, because Redis is away. */
export type Charge = Verdict | undefined;

/** Counts requests by client address and route class. */
export interface Limiter {
  /** Answers at once where it can, because a promise per request costs more than the count. */
  charge(routeClass: RouteClass, ip: string): Charge | Promise<Charge>;
}

/**
 * Guessing and sending are counted one by one, and refused while nobody counts. Reads and writes are counted in
 * leases, and go on while nobody counts (ARCHITECTURE.md, The gateway).
 */
export const strict: Record<RouteClass, boolean> = { login: true, code: true, write: false, read: false };

/** How long the other classes do not ask Redis after it failed, so that a hanging one costs nothing. */
const awayMs = 1000;

/** Takes points of one address: those it has left and how long the window lasts, or undefined without Redis. */
export type Take = (key: string, points: number) => Promise<Taken | undefined>;
/** Returns points that were taken and not used. */
export type GiveBack = (key: string, points: number) => void;
export interface Taken {
  allowed: boolean;
  remaining: number;
  resetMs: number;
}

export function createLimiter(
  rates: Record<RouteClass, Rate>,
  redis: Redis | undefined,
  prefix: string,
): Limiter {
  const charges = routeClasses.map((routeClass) => {
    const rate = rates[routeClass];
    const { take, giveBack } = counterIn(redis, rate, `${prefix}:limit:${routeClass}`, strict[routeClass]);
    const charge = strict[routeClass]
      ? oneByOne(take, rate.points)
      : createLeases(take, rate.points, giveBack);
    return [routeClass, charge] as const;
  });
  const byClass = Object.fromEntries(charges) as Record<
    RouteClass,
    (key: string) => Charge | Promise<Charge>
  >;
  return { charge: (routeClass, ip) => byClass[routeClass](networkOf(ip)) };
}

function oneByOne(take: Take, limit: number) {
  return async (key: string): Promise<Charge> => {
    const taken = await take(key, 1);
    return taken && verdictOf(taken, limit);
  };
}

export function verdictOf({ allowed, remaining, resetMs }: Taken, limit: number): Verdict {
  return { allowed, limit, remaining, reset: Math.max(1, Math.ceil(resetMs / 1000)) };
}

function counterIn(
  redis: Redis | undefined,
  rate: Rate,
  keyPrefix: string,
  isStrict: boolean,
): { take: Take; giveBack: GiveBack } {
  const options = { points: rate.points, duration: rate.seconds, keyPrefix };
  const limiter = redis
    ? new RateLimiterRedis({
        ...options,
        storeClient: redis,
        rejectIfRedisNotReady: true,
        // An address beyond its limit costs Redis nothing until the window ends.
        inMemoryBlockOnConsumed: rate.points + 1,
      })
    : new RateLimiterMemory(options);
  let awayUntil = 0;
  const answer = (allowed: boolean, result: RateLimiterRes): Taken => ({
    allowed,
    remaining: result.remainingPoints,
    resetMs: result.msBeforeNext,
  });
  const take: Take = async (key, points) => {
    if (!isStrict && performance.now() < awayUntil) return undefined;
    try {
      return answer(true, await limiter.consume(key, points));
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return answer(false, refusal);
      awayUntil = performance.now() + awayMs;
      return undefined;
    }
  };
  return {
    take,
    // Where Redis fails, the points come back when the window ends.
    giveBack: (key, points) => void limiter.reward(key, points).catch(() => undefined),
  };
}
