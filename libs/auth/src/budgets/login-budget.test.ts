import { connectRedis } from '@portico/queue';
import { testStores } from '@portico/testing';
import type { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLoginBudget, type LoginContext } from '../index.ts';
import { addressBlock } from './address-block.ts';

const stores = testStores();
const opened: Redis[] = [];
function connect(url = stores.redisUrl): Redis {
  const redis = connectRedis({ url, name: 'test' });
  opened.push(redis);
  return redis;
}
afterAll(() => opened.forEach((redis) => redis.disconnect()));

const minute = 60_000;
let time = Date.UTC(2026, 10, 28);
const options = {
  prefix: stores.redisPrefix,
  service: 'customer-service',
  secrets: [{ id: 's1', secret: 'a secret that signs the tokens of devices' }],
  perAccount: 100,
  perAddress: 1000,
  window: 900,
  now: () => time,
};
const redis = connect();
const budget = createLoginBudget({ redis, ...options });
const elsewhere = createLoginBudget({ redis: connect(), ...options });

let cases = 0;
let account = '';
let address = '';
beforeEach(async () => {
  await vi.waitFor(() => expect(opened.every(({ status }) => status === 'ready')).toBe(true), 120_000);
  cases += 1;
  account = `user${cases}@example.com`;
  address = `192.0.2.${cases}`;
});

/** A client at an address that keeps the token it is given, as a browser does. */
function client(clientIp: string, keeps: 'cookie' | 'x-device-token' = 'cookie') {
  const headers: Record<string, string> = {};
  const context: LoginContext = {
    clientIp,
    request: { headers } as LoginContext['request'],
    header(name, value) {
      if (name === 'Set-Cookie' && keeps === 'cookie')
        headers['cookie'] = `a=b; ${value.split(';')[0] ?? ''}`;
      if (name === 'X-Device-Token' && keeps === 'x-device-token') headers['x-device-token'] = value;
    },
  };
  return {
    context,
    guess: (name = account, of = budget) =>
      of.take(name, context).then(
        () => 'compared' as const,
        (error: { code: string; retryAfter: number }) => error,
      ),
    async signIn(name = account): Promise<void> {
      await (await budget.take(name, context)).succeeded();
    },
  };
}
const compared = (outcomes: unknown[]) => outcomes.filter((one) => one === 'compared').length;

/** Guesses every ten seconds from some of the addresses in turn; answers how many passwords were compared. */
async function guessFor(milliseconds: number, clients: ReturnType<typeof client>[]): Promise<number> {
  let total = 0;
  let next = 0;
  for (const end = time + milliseconds; time < end; time += 10_000) {
    const turn = Array.from({ length: 3 }, () => clients[next++ % clients.length]).filter(
      (one) => one !== undefined,
    );
    total += compared(await Promise.all(turn.map((one) => one.guess())));
  }
  return total;
}
const addresses = (count: number) =>
  Array.from({ length: count }, (_, n) => client(`198.51.${100 + cases}.${n}`));

describe('a stranger who guesses', () => {
  it('is delayed more with each guess, up to a minute', async () => {
    const stranger = client(address);
    const waits: number[] = [];
    let guesses = 0;
    while (waits.length < 9) {
      const outcome = await stranger.guess();
      if (outcome === 'compared') {
        guesses += 1;
        continue;
      }
      expect(outcome.code).toBe('rate_limited');
      waits.push(outcome.retryAfter);
      time += outcome.retryAfter * 1000;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 58, 58, 58]);
    expect(guesses).toBe(16);
  });

  it('for ten minutes does not delay the owner on a device that signed in before', async () => {
    const known = client('203.0.113.1');
    await known.signIn();
    expect(await guessFor(10 * minute, [client(address)])).toBeLessThan(30);
    expect(await known.guess()).toBe('compared');
  });

  it.each(['another address', 'the same address'])(
    'for ten minutes delays the owner on a new device at %s by a minute at most',
    async (where) => {
      await guessFor(10 * minute, [client(address)]);
      const owner = client(where === 'the same address' ? address : '203.0.113.77');
      const started = time;
      for (let outcome = await owner.guess(); outcome !== 'compared'; outcome = await owner.guess())
        time += outcome.retryAfter * 1000;
      expect(time - started).toBeLessThanOrEqual(minute);
    },
  );

  it.each([1, 5, 200])('compares at most 100 passwords an hour from %i addresses', async (count) => {
    const clients = addresses(count);
    for (let hour = 0; hour < 2; hour += 1)
      expect(await guessFor(60 * minute, clients)).toBeLessThanOrEqual(100);
  });

  it('compares no more with parallel guesses over all instances and spellings', async () => {
    const outcomes = await Promise.all(
      addresses(60).map((one, n) =>
        one.guess(n % 3 ? account : ` ${account.toUpperCase()}`, n % 2 ? budget : elsewhere),
      ),
    );
    expect(compared(outcomes)).toBe(16);
    expect(outcomes.find((one) => one !== 'compared')).toMatchObject({
      code: 'rate_limited',
      retryAfter: 60,
    });
  });

  it('does not use up an account from an address that has no guesses left', async () => {
    const strict = createLoginBudget({ redis: connect(), ...options, service: 'strict', perAddress: 8 });
    await vi.waitFor(() => expect(opened.at(-1)?.status).toBe('ready'), 120_000);
    const stranger = client(address);
    const outcomes = [];
    for (let n = 0; n < 30; n += 1) outcomes.push(await stranger.guess(`${account}${n}`, strict));
    expect(compared(outcomes)).toBe(8);
    for (let n = 0; n < 30; n += 1) expect(await stranger.guess(account, strict)).not.toBe('compared');
    expect(await client('203.0.113.5').guess(account, strict)).toBe('compared');
  });
});

describe('the owner, while strangers have used up the guesses of the account', () => {
  const useUp = async () => {
    await Promise.all(addresses(60).map((one) => one.guess()));
    expect(await client('203.0.113.200').guess()).toMatchObject({ code: 'rate_limited' });
  };

  it.each(['cookie', 'x-device-token'] as const)(
    'signs in at once from a device with its %s',
    async (keeps) => {
      const device = client('203.0.113.1', keeps);
      await device.signIn();
      await useUp();
      const moved = { ...device.context, clientIp: '203.0.113.201' };
      for (let n = 0; n < 20; n += 1) await (await budget.take(account, moved)).succeeded();
    },
  );

  it('signs in at once from an address that was signed in from', async () => {
    await client('203.0.113.2').signIn();
    await useUp();
    for (let n = 0; n < 20; n += 1) await client('203.0.113.2').signIn();
  });

  it('signs in from a new device and address within a minute', async () => {
    await useUp();
    time += minute;
    expect(await client('203.0.113.203').guess()).toBe('compared');
  });

  it('is not known by the token of another account, service or time, nor by one that was changed', async () => {
    const device = client('203.0.113.4');
    await device.signIn('other@example.com');
    await useUp();
    const moved = (change: (cookie: string) => string) => {
      const one = client('203.0.113.204');
      one.context.request.headers['cookie'] = change(device.context.request.headers['cookie'] ?? '');
      return one.guess();
    };
    expect(await moved((cookie) => cookie)).not.toBe('compared');
    await client('203.0.113.5').signIn('third@example.com');
    const own = client('203.0.113.6');
    time += minute;
    await own.signIn();
    await useUp();
    const cookie = own.context.request.headers['cookie'] ?? '';
    const with_ = (text: string) => {
      const one = client('203.0.113.205');
      one.context.request.headers['cookie'] = text;
      return one.guess();
    };
    expect(await with_(`${cookie.slice(0, -2)}AA`)).not.toBe('compared');
    expect(await with_(cookie.replace('s1.', 's2.'))).not.toBe('compared');
    expect(await with_(cookie)).toBe('compared');
  });

  it('has so many wrong guesses on an own device too', async () => {
    const device = client('203.0.113.7');
    await device.signIn();
    await useUp();
    const stolen = { ...device.context, clientIp: '203.0.113.207' };
    const outcomes = [];
    for (let n = 0; n < 20; n += 1)
      outcomes.push(
        await budget.take(account, stolen).then(
          () => 'compared',
          () => 'refused',
        ),
      );
    expect(compared(outcomes)).toBe(8);
  });
});

describe('the guess budget', () => {
  it('gives back what a right password took', async () => {
    const one = client(address);
    for (let login = 0; login < 50; login += 1) await one.signIn();
    expect(await client('203.0.113.9').guess()).toBe('compared');
  });

  it('is one for each service', async () => {
    await Promise.all(addresses(60).map((one) => one.guess()));
    const other = createLoginBudget({ redis: connect(), ...options, service: 'sms-phone' });
    await vi.waitFor(() => expect(opened.at(-1)?.status).toBe('ready'), 120_000);
    expect(await client(address).guess(account, other)).toBe('compared');
  });

  it('holds no names in Redis, and nothing for ever', async () => {
    await client(address).signIn();
    await client(address).guess();
    const keys = await redis.keys(`${stores.redisPrefix}:logins:*`);
    expect(keys.length).toBeGreaterThan(1);
    expect(keys.filter((key) => key.includes('example.com'))).toEqual([]);
    expect(await Promise.all(keys.map((key) => redis.pttl(key)))).not.toContain(-1);
  });

  it('refuses everybody while Redis is unavailable: 503', async () => {
    const nowhere = createLoginBudget({ redis: connect('redis://127.0.0.1:1'), ...options });
    expect(await client(address).guess(account, nowhere)).toMatchObject({ code: 'unavailable' });
    opened.pop()?.disconnect();
  });
});

describe('what counts as one address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('%s is %s', (address, block) => {
    expect(addressBlock(address)).toBe(block);
  });
});
