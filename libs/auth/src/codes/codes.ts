import { randomInt } from 'node:crypto';
import { AppError } from '@portico/envelope';
import type { Redis } from 'ioredis';
import type { AuthMetrics } from '../metrics.ts';
import { failClosed, redisScript } from '../redis.ts';
import { keyedDigest } from '../secrets.ts';
import { issueScript, tryScript } from './code-scripts.ts';

export interface CodesOptions {
  redis: Redis;
  /** First part of the keys. */
  prefix: string;
  /** A code of one service is useless at another. */
  service: string;
  /**
   * Keys of the digests. Codes are made under the first and found under all of them: put a new one last, then first, and
   * take the old one away ten minutes later. Limits of an address begin anew under a new first one.
   */
  secrets: readonly [string, ...string[]];
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
  const { redis, prefix, service, secrets, metrics, now = Date.now } = options;
  const [current] = secrets;
  const issue = redisScript<number>(redis, 'issueCode', issueScript);
  const tryCode = redisScript<number>(redis, 'tryCode', tryScript);

  function keysOf({ purpose, address }: CodeSubject, secret: string) {
    const digest = keyedDigest(secret, 'address', service, normalised(address)).toString('base64url');
    // Braces: in a cluster all keys of an address live in one place, as scripts need it.
    const base = `${prefix}:codes:{${service}:${digest}}`;
    return { sends: `${base}:sends`, code: `${base}:${purpose}:code`, tries: `${base}:${purpose}:tries` };
  }
  const digestOf = ({ purpose, address }: CodeSubject, code: string, secret: string) =>
    keyedDigest(secret, 'code', service, purpose, normalised(address), code).toString('base64url');

  async function submit(subject: CodeSubject, code: string, consume: boolean): Promise<boolean> {
    let isRight = false;
    for (const secret of secrets) {
      const keys = keysOf(subject, secret);
      const values = [now(), digestOf(subject, code, secret), tries, tryWindow, consume ? 1 : 0];
      // Where there is no code under a secret, nothing is counted.
      isRight ||= (await tryCode([keys.code, keys.tries], values)) === 1;
    }
    metrics?.codeChecked(isRight);
    return isRight;
  }

  /** What another instance made under another secret, while they are being replaced. */
  async function dropUnderOthers(subject: CodeSubject): Promise<void> {
    for (const secret of secrets.slice(1)) await failClosed(() => redis.del(keysOf(subject, secret).code));
  }

  return {
    async issue(subject) {
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      const keys = keysOf(subject, current);
      const limits = sendLimits.flatMap(({ sends, window }) => [sends, window]);
      const wait = await issue(
        [keys.sends, keys.code],
        [now(), digestOf(subject, code, current), lifetime, ...limits],
      );
      if (wait > 0) throw new AppError('code_sent_too_often', { retryAfter: Math.ceil(wait / second) });
      await dropUnderOthers(subject);
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
