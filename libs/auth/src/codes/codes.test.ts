import { connectRedis } from '@portico/queue';
import { testStores } from '@portico/testing';
import type { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCodes } from '../index.ts';

const stores = testStores();
const opened: Redis[] = [];
function connect(url = stores.redisUrl): Redis {
  const redis = connectRedis({ url, name: 'test' });
  opened.push(redis);
  return redis;
}
afterAll(() => opened.forEach((redis) => redis.disconnect()));

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
let time = Date.now();
const options = {
  prefix: stores.redisPrefix,
  service: 'customer-service',
  secrets: ['a secret for the test'] as [string],
  now: () => time,
};
const redis = connect();
const codes = createCodes({ redis, ...options });
/** Another instance of the same service. */
const elsewhere = createCodes({ redis: connect(), ...options });

let people = 0;
let subject = { purpose: 'register', address: '' };
beforeEach(async () => {
  await vi.waitFor(() => expect(opened.every(({ status }) => status === 'ready')).toBe(true), 120_000);
  subject = { purpose: 'register', address: `person${(people += 1)}@example.com` };
});

/** As many codes as wanted, none of which is the right one. */
const wrong = (right: string, count: number) =>
  Array.from({ length: count }, (_, index) => String((Number(right) + 1 + index) % 1e6).padStart(6, '0'));

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a one-time code', () => {
  it('has six digits, can be checked before it is consumed, and works once', async () => {
    const { code, expiresIn } = await codes.issue(subject);
    expect(code).toMatch(/^\d{6}$/);
    expect(expiresIn).toBe(600);
    expect(await codes.check(subject, code)).toBe(true);
    expect(await elsewhere.consume(subject, code)).toBe(true);
    expect(await codes.consume(subject, code)).toBe(false);
    expect(await codes.check(subject, code)).toBe(false);
  });

  it('belongs to one service, purpose and address', async () => {
    const { code } = await codes.issue(subject);
    const other = createCodes({ redis: connect(), ...options, service: 'app-support' });
    await vi.waitFor(() => expect(opened.at(-1)?.status).toBe('ready'), 120_000);
    expect(await other.consume(subject, code)).toBe(false);
    expect(await codes.consume({ ...subject, purpose: 'reset' }, code)).toBe(false);
    expect(await codes.consume({ ...subject, address: 'else@example.com' }, code)).toBe(false);
    expect(await codes.consume({ ...subject, address: ` ${subject.address.toUpperCase()} ` }, code)).toBe(
      true,
    );
  });

  it('expires after ten minutes', async () => {
    const { code } = await codes.issue(subject);
    time += 10 * minutes - 1;
    expect(await codes.check(subject, code)).toBe(true);
    time += 1;
    expect(await codes.check(subject, code)).toBe(false);
  });

  it('is consumed by exactly one of 50 concurrent submissions', async () => {
    const { code } = await codes.issue(subject);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? codes : elsewhere).consume(subject, code)),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
  });

  it('is nowhere in Redis in clear, nor is the address', async () => {
    const { code } = await codes.issue(subject);
    await codes.check(subject, code);
    const keys = await redis.keys(`${stores.redisPrefix}:*`);
    const dump: string[] = [...keys];
    for (const key of keys) {
      dump.push(
        ...(key.endsWith(':code') ? Object.values(await redis.hgetall(key)) : await redis.lrange(key, 0, -1)),
      );
    }
    expect(dump.length).toBeGreaterThan(3);
    expect(dump.filter((text) => text === code || text.includes(subject.address))).toEqual([]);
  });

  it('leaves nothing in Redis for ever', async () => {
    const { code } = await codes.issue(subject);
    await codes.check(subject, code);
    const expiries = await Promise.all(
      (await redis.keys(`${stores.redisPrefix}:*`)).map((key) => redis.pttl(key)),
    );
    expect(Math.min(...expiries)).toBeGreaterThan(0);
    expect(Math.max(...expiries)).toBeLessThanOrEqual(24 * hours);
  });
});

describe('guessing', () => {
  it('compares at most five of 50 parallel wrong codes', async () => {
    const { code } = await codes.issue(subject);
    // The right code is the sixth that Redis sees: if it were compared it would be accepted.
    const guesses = [...wrong(code, 5), code, ...wrong(code, 50).slice(5)];
    const outcomes = await Promise.all(guesses.map((guess) => codes.consume(subject, guess)));
    expect(outcomes.filter(Boolean)).toEqual([]);
    expect(await elsewhere.check(subject, code)).toBe(false);
  });

  it('accepts the right code as the fifth try', async () => {
    const { code } = await codes.issue(subject);
    const outcomes = await Promise.all(
      [...wrong(code, 4), code].map((guess) => codes.consume(subject, guess)),
    );
    expect(outcomes).toEqual([false, false, false, false, true]);
  });

  it('counts checks too', async () => {
    const { code } = await codes.issue(subject);
    for (let check = 0; check < 5; check += 1) expect(await codes.check(subject, code)).toBe(true);
    expect(await codes.consume(subject, code)).toBe(false);
  });

  it('gets no further tries from a resend, until ten minutes after the first of them', async () => {
    const first = await codes.issue(subject);
    for (const guess of wrong(first.code, 5)) await codes.check(subject, guess);
    time += 1 * minutes;
    const second = await codes.issue(subject);
    expect(await codes.consume(subject, second.code)).toBe(false);
    time += 9 * minutes - 1;
    expect(await codes.consume(subject, second.code)).toBe(false);
    time += 1;
    expect(await codes.consume(subject, second.code)).toBe(true);
  });

  it('never sees more than five tries of one code, wherever the window lies', async () => {
    const { code } = await codes.issue(subject);
    for (const guess of wrong(code, 4)) await codes.check(subject, guess);
    time += 9 * minutes;
    await codes.check(subject, wrong(code, 1)[0] ?? '');
    time += 1 * minutes - 1;
    expect(await codes.check(subject, code)).toBe(false);
  });

  it('a resend voids the former code', async () => {
    const first = await codes.issue(subject);
    time += 1 * minutes;
    let second = await codes.issue(subject);
    while (second.code === first.code) {
      time += 1 * minutes;
      second = await codes.issue(subject);
    }
    expect(await codes.consume(subject, first.code)).toBe(false);
    expect(await codes.consume(subject, second.code)).toBe(true);
  });
});

describe('sending', () => {
  it('waits 60 seconds, also for another purpose, for another spelling and on another instance', async () => {
    await codes.issue(subject);
    time += 20 * seconds;
    const again = { purpose: 'reset', address: subject.address.toUpperCase() };
    expect(await failure(elsewhere.issue(again))).toMatchObject({
      code: 'code_sent_too_often',
      retryAfter: 40,
    });
    time += 40 * seconds;
    expect(await failure(elsewhere.issue(again))).toBeUndefined();
  });

  it('refused leaves the code that was sent usable', async () => {
    const { code } = await codes.issue(subject);
    await failure(codes.issue(subject));
    expect(await codes.consume(subject, code)).toBe(true);
  });

  it('happens once of 20 concurrent requests', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => failure((index % 2 ? codes : elsewhere).issue(subject))),
    );
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
  });

  it('happens 5 times an hour and 10 times a day', async () => {
    const start = time;
    for (let send = 0; send < 5; send += 1) {
      expect(await failure(codes.issue(subject))).toBeUndefined();
      time += 2 * minutes;
    }
    expect(await failure(codes.issue(subject))).toMatchObject({ retryAfter: 50 * 60 });
    time = start + 1 * hours;
    for (let send = 0; send < 5; send += 1) {
      expect(await failure(codes.issue(subject))).toBeUndefined();
      time += 2 * minutes;
    }
    time = start + 3 * hours;
    expect(await failure(codes.issue(subject))).toMatchObject({ retryAfter: 21 * 3600 });
    time = start + 24 * hours;
    expect(await failure(codes.issue(subject))).toBeUndefined();
  });
});

describe('while the secret is being replaced', () => {
  const [former] = options.secrets;
  const next = 'the secret that comes next';
  const learning = createCodes({ redis: connect(), ...options, secrets: [former, next] });
  const using = createCodes({ redis: connect(), ...options, secrets: [next, former] });
  const done = createCodes({ redis: connect(), ...options, secrets: [next] });

  it('every instance knows the codes of the others', async () => {
    const before = await codes.issue(subject);
    expect(await using.check(subject, before.code)).toBe(true);
    expect(await learning.consume(subject, before.code)).toBe(true);
    expect(await using.check(subject, before.code)).toBe(false);

    const after = await using.issue(subject);
    expect(await learning.check(subject, after.code)).toBe(true);
    expect(await done.consume(subject, after.code)).toBe(true);
  });

  it('there is one code at a time, with its five tries', async () => {
    const first = await learning.issue(subject);
    const second = await using.issue(subject);
    expect(await learning.check(subject, first.code)).toBe(first.code === second.code);
    for (const code of wrong(second.code, 4)) expect(await learning.check(subject, code)).toBe(false);
    expect(await learning.check(subject, second.code)).toBe(false);
    expect(await using.check(subject, second.code)).toBe(false);
  });

  it('a code of a secret that is not listed any more is none', async () => {
    const { code } = await learning.issue(subject);
    expect(await done.check(subject, code)).toBe(false);
  });
});

describe('while Redis is away', () => {
  it('nobody gets in and nothing is sent: 503', async () => {
    const nowhere = createCodes({ redis: connect('redis://127.0.0.1:1'), ...options });
    for (const attempt of [
      nowhere.issue(subject),
      nowhere.check(subject, '1'),
      nowhere.consume(subject, '1'),
    ]) {
      expect(await failure(attempt)).toMatchObject({ code: 'unavailable', retryAfter: 2 });
    }
    opened.pop()?.disconnect();
  });
});
