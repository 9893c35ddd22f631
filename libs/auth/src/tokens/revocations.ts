import type { Redis } from 'ioredis';
import { redisScript, failClosed } from '../redis.ts';
import { clockTolerance, type UserClaims } from './user-tokens.ts';

export interface RevocationsOptions {
  redis: Redis;
  /** First part of the keys; the same in all services. */
  prefix: string;
  /** Seconds a token lives: a revocation is forgotten when no token can be left that it concerns. */
  lifetime: number;
}

export interface Revocations {
  /** Ends all tokens of a user with a version below this one, in all services. @throws AppError `unavailable` */
  revokeBefore(subject: string, version: number): Promise<void>;
  /** For `operatorAccess`. @throws AppError `unavailable` while Redis is away: nobody administers unchecked */
  isCurrent(claims: UserClaims): Promise<boolean>;
}

/** Calls may overtake each other; the highest version stays. */
const raiseScript = `
local known = tonumber(redis.call('GET', KEYS[1]) or '')
if not known or known < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
return 1
`;

/**
 * Tells the other services that an operator's password, role or state changed: they verify tokens themselves and
 * never ask customer-service. Should Redis lose it, those tokens are good until they expire.
 */
export function createRevocations({ redis, prefix, lifetime }: RevocationsOptions): Revocations {
  const raise = redisScript<number>(redis, 'raiseTokenVersion', raiseScript);
  const keyOf = (subject: string) => `${prefix}:revoked-tokens:${subject}`;
  return {
    async revokeBefore(subject, version) {
      await raise([keyOf(subject)], [version, lifetime + 2 * clockTolerance]);
    },
    async isCurrent({ subject, version }) {
      const revokedBefore = await failClosed<string | null>(() => redis.get(keyOf(subject)));
      return version >= Number(revokedBefore ?? 0);
    },
  };
}
