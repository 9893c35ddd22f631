import { AppError } from '@portico/envelope';
import type { RequestContext } from '@portico/service';
import type { Redis } from 'ioredis';
import type { AuthMetrics } from '../metrics.ts';
import { redisScript } from '../redis.ts';
import { digestOf, type NamedSecret } from '../secrets.ts';
import { addressBlock } from './address-block.ts';
import { createDevices, type DeviceContext } from './devices.ts';
import { succeededScript, takeScript } from './login-script.ts';

export interface LoginBudgetOptions {
  redis: Redis;
  /** First part of the keys. */
  prefix: string;
  service: string;
  /** Sign the tokens of devices. */
  secrets: readonly NamedSecret[];
  /** Wrong passwords for one account in any hour, over all addresses and devices. */
  perAccount: number;
  /** Wrong passwords from one address in a window, over all accounts. */
  perAddress: number;
  /** Seconds. */
  window: number;
  metrics?: Pick<AuthMetrics, 'loginLimited'>;
  now?: () => number;
}

/** What is known of a caller who gives a password. */
export type LoginContext = Pick<RequestContext, 'clientIp'> & DeviceContext;

/** A guess that was taken. */
export interface Guess {
  /** Gives it back because the password was right; the device is known from now on, and the address. */
  succeeded(): Promise<void>;
}

export interface LoginBudget {
  /**
   * Takes one guess. Call it before the password is compared, for every login and every other use of a password.
   *
   * @param account name or mail, as the caller gives it, known or not
   * @throws AppError `rate_limited` with `retryAfter`, `unavailable` while Redis is unavailable
   */
  take(account: string, context: LoginContext): Promise<Guess>;
}

const hourMs = 3_600_000;
/** Guesses of an address for an account that are not delayed; then 1 s, 2 s, 4 s and so on … */
const freeGuesses = 8;
/** … up to this: an owner on a new device at the same address waits no longer than that. */
const longestDelayMs = 58_000;
/** An address that the account signed in from is its own for this long. */
const rememberMs = 30 * 86_400_000;

/** Parts of an account's guesses in an hour: at once, and over the hour. Those of strangers, devices and addresses
 * add up to all of them; an address alone cannot use up those of strangers. */
const shares = { strangers: { burst: 0.16, rate: 0.6 }, own: { burst: 0.08, rate: 0.04 } };

const bucket = (perHour: number, { burst, rate }: { burst: number; rate: number }) => ({
  burst: Math.max(1, Math.floor(perHour * burst)),
  interval: hourMs / (perHour * rate),
});

/**
 * How often passwords may be guessed, over all instances of a service. Guesses are delayed, not locked out: strangers
 * share one part of an account's budget, its own devices and addresses have each another, so that no stranger can keep
 * the owner out. `RATE_LIMITS=off` does not concern it: that switches limits on traffic off, not the ones on guesses
 * (ARCHITECTURE.md, The gateway).
 */
export function createLoginBudget(options: LoginBudgetOptions): LoginBudget {
  const { redis, prefix, service, perAccount, perAddress, window, metrics, now = Date.now } = options;
  const devices = createDevices({ service, secrets: options.secrets, now });
  const take = redisScript<['device' | 'known' | 'stranger' | 'account' | 'address', number]>(
    redis,
    'takeGuess',
    takeScript,
  );
  const giveBack = redisScript<number>(redis, 'giveGuessBack', succeededScript);
  const strangers = bucket(perAccount, shares.strangers);
  const own = bucket(perAccount, shares.own);
  const address = { burst: perAddress, interval: (window * 1000) / perAddress };

  return {
    async take(name, context) {
      const account = accountKey(name);
      const block = addressBlock(context.clientIp);
      const key = (...parts: string[]) => [prefix, 'logins', service, ...parts].join(':');
      const keys = [
        key('devices', account),
        key('addresses', account),
        key('known', account, block),
        key('address', block),
        key('guesses', account, block),
        key('account', account),
      ];
      const [way, wait] = await take(keys, [
        now(),
        devices.knows(account, context) ? 1 : 0,
        ...[own.burst, own.interval, address.burst, address.interval, strangers.burst, strangers.interval],
        freeGuesses,
        longestDelayMs,
      ]);
      if (wait > 0) {
        metrics?.loginLimited(way === 'account' ? 'account' : 'address');
        throw new AppError('rate_limited', { retryAfter: Math.ceil(wait / 1000) });
      }
      return {
        async succeeded() {
          const intervals = [own.interval, address.interval, strangers.interval];
          await giveBack(keys, [now(), way, ...intervals, rememberMs]);
          devices.remember(account, context);
        },
      };
    },
  };
}

/** Names and addresses of people are nothing for Redis to hold, and may be of any length. */
function accountKey(account: string): string {
  return digestOf(account.trim().normalize('NFC').toLowerCase());
}
