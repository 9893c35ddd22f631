import { randomInt } from 'node:crypto';
import { AppError } from '@portico/envelope';
import type { Redis } from 'ioredis';
import type { AuthMetrics } from '../metrics.ts';
import { redisScript } from '../redis.ts';
import { keyedDigest } from '../secrets.ts';
import { issueScript, tryScript } from './code-scripts.ts';

export interface CodesOptions {
  redis: Redis;
  /** First part of the keys. */
  prefix: string;
  /** A code of one service is useless at another. */
  service: string;
  /** Key of the digests; changing it voids the codes of the last ten minutes and nothing else. */
  secret: string;
  metrics?: Pick<AuthMetrics, 'codeChecked'>;
  now?: () => number;
}

/** What a code proves: that somebody reads this mail or phone, for this purpose. */
export interface CodeSubject {
  /** A word of the service's own: `register`, `reset_password`. */
  purpose: string;
  /** A mail address, or a phone in E.164. */
  address: string;
}

export interface Codes {
  /**
   * Makes a code that replaces the former one. The slot is used up also where the message then cannot be sent.
   *
   * @throws AppError `code_sent_too_often` with `retryAfter`, `unavailable` while Redis is away
   */
  issue(subject: CodeSubject): Promise<{ code: string; expiresIn: number }>;
  /** Whether it is the code. Counts as a try and leaves the code usable. @throws AppError `unavailable` */
  check(subject: CodeSubject, code: string): Promise<boolean>;
  /** Whether it is the code, for one caller only. Counts as a try. @throws AppError `unavailable` */
  consume(subject: CodeSubject, code: string): Promise<boolean>;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Contract: one-time codes. */
const lifetime = 10 * minute;
const tries = 5;
/** Not shorter than `lifetime`, or a code could see two budgets. */
const tryWindow = lifetime;
const sendLimits = [
  { sends: 1, window: minute },
  { sends: 5, window: hour },
  { sends: 10, window: 24 * hour },
];

/**
 * One-time codes in Redis, for any number of instances. Everything that decides is one script: counting precedes
 * comparing, and of concurrent submissions one consumes. While Redis is away nobody gets in; when it loses its data,
 * codes and what limits guessing them are lost together, and people ask for another code.
 */
export function createCodes(options: CodesOptions): Codes {
  const { redis, prefix, service, secret, metrics, now = Date.now } = options;
  const issue = redisScript<number>(redis, 'issueCode', issueScript);
  const tryCode = redisScript<number>(redis, 'tryCode', tryScript);

  function keysOf({ purpose, address }: CodeSubject) {
    const digest = keyedDigest(secret, 'address', service, normalised(address)).toString('base64url');
    // Braces: in a cluster all keys of an address live in one place, as scripts need it.
    const base = `${prefix}:codes:{${service}:${digest}}`;
    return { sends: `${base}:sends`, code: `${base}:${purpose}:code`, tries: `${base}:${purpose}:tries` };
  }
  const digestOf = ({ purpose, address }: CodeSubject, code: string) =>
    keyedDigest(secret, 'code', service, purpose, normalised(address), code).toString('base64url');

  async function submit(subject: CodeSubject, code: string, consume: boolean): Promise<boolean> {
    const keys = keysOf(subject);
    const values = [now(), digestOf(subject, code), tries, tryWindow, consume ? 1 : 0];
    const isRight = (await tryCode([keys.code, keys.tries], values)) === 1;
    metrics?.codeChecked(isRight);
    return isRight;
  }

  return {
    async issue(subject) {
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      const keys = keysOf(subject);
      const limits = sendLimits.flatMap(({ sends, window }) => [sends, window]);
      const wait = await issue(
        [keys.sends, keys.code],
        [now(), digestOf(subject, code), lifetime, ...limits],
      );
      if (wait > 0) throw new AppError('code_sent_too_often', { retryAfter: Math.ceil(wait / second) });
      return { code, expiresIn: lifetime / second };
    },
    check: (subject, code) => submit(subject, code, false),
    consume: (subject, code) => submit(subject, code, true),
  };
}

/** Mail addresses differ in case for no provider that anybody uses; limits must not either. */
function normalised(address: string): string {
  return address.trim().normalize('NFC').toLowerCase();
}
