import { AppError } from '@portico/envelope';
import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { AuthMetrics } from '../metrics.ts';
import { failClosed } from '../redis.ts';
import { digestOf } from '../secrets.ts';
import { addressBlock } from './address-block.ts';

export interface LoginBudgetOptions {
  redis: Redis;
  /** First part of the keys. */
  prefix: string;
  service: string;
  /** Wrong passwords for one account in a window. */
  perAccount: number;
  /** Wrong passwords from one address in a window, over all accounts. */
  perAddress: number;
  /** Seconds, from the first try. */
  window: number;
  metrics?: Pick<AuthMetrics, 'loginLimited'>;
}

export interface LoginAttempt {
  /** What the caller says to be: name or mail, known or not. */
  account: string;
  /** The client's address (`context.clientIp`). */
  address: string;
}

export interface LoginBudget {
  /**
   * Takes one try. Call it before the password is compared, for every login and every other use of a password.
   *
   * @throws AppError `rate_limited` with `retryAfter`, `unavailable` while Redis is away
   */
  consume(attempt: LoginAttempt): Promise<void>;
  /** Gives back what a right password took: the account starts anew, the address gets its try back. */
  succeeded(attempt: LoginAttempt): Promise<void>;
}

/**
 * How often passwords may be guessed, over all instances of a service. `RATE_LIMITS=off` does not concern it: that
 * switches limits on traffic off, not the ones on guesses (ARCHITECTURE.md, The gateway).
 */
export function createLoginBudget(options: LoginBudgetOptions): LoginBudget {
  const { redis, prefix, service, perAccount, perAddress, window, metrics } = options;
  const limiter = (name: string, points: number) =>
    new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `${prefix}:logins:${service}:${name}`,
      points,
      duration: window,
    });
  const accounts = limiter('account', perAccount);
  const addresses = limiter('address', perAddress);

  return {
    async consume({ account, address }) {
      // The address first: whoever has used that up cannot use up the accounts of others as well.
      await take(addresses, addressBlock(address), () => metrics?.loginLimited('address'));
      await take(accounts, accountKey(account), () => metrics?.loginLimited('account'));
    },
    async succeeded({ account, address }) {
      await failClosed(() =>
        Promise.all([accounts.delete(accountKey(account)), addresses.reward(addressBlock(address))]),
      );
    },
  };
}

async function take(limiter: RateLimiterRedis, key: string, onRefused: () => void): Promise<void> {
  const refused = await failClosed<RateLimiterRes | undefined>(async () => {
    try {
      await limiter.consume(key);
      return undefined;
    } catch (reason) {
      if (reason instanceof RateLimiterRes) return reason;
      throw reason;
    }
  });
  if (!refused) return;
  onRefused();
  throw new AppError('rate_limited', { retryAfter: Math.ceil(refused.msBeforeNext / 1000) });
}

/** Names and addresses of people are nothing for Redis to hold, and may be of any length. */
function accountKey(account: string): string {
  return digestOf(account.trim().normalize('NFC').toLowerCase());
}
