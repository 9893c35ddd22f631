import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { tooEarly } from './messages.service.ts';

/** @throws AppError `rate_limited` for the second poll of a number within a second */
export type PollLimit = (name: string) => Promise<void>;

/** One poll a second per number, over all instances; each counts for itself while Redis is away. */
export function createPollLimit(redis: Redis, prefix: string): PollLimit {
  const limit = { points: 1, duration: 1 };
  const limiter = new RateLimiterRedis({
    ...limit,
    storeClient: redis,
    keyPrefix: `${prefix}:sms-polls`,
    insuranceLimiter: new RateLimiterMemory(limit),
  });
  return async (name) => {
    try {
      await limiter.consume(name);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) throw tooEarly(refused.msBeforeNext / 1000);
      throw refused;
    }
  };
}
