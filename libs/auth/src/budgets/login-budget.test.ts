import { connectRedis } from '@portico/queue';
import { testStores } from '@portico/testing';
import type { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLoginBudget } from '../index.ts';
import { addressBlock } from './address-block.ts';

const stores = testStores();
const opened: Redis[] = [];
function connect(url = stores.redisUrl): Redis {
  const redis = connectRedis({ url, name: 'test' });
  opened.push(redis);
  return redis;
}
afterAll(() => opened.forEach((redis) => redis.disconnect()));

const options = {
  prefix: stores.redisPrefix,
  service: 'customer-service',
  perAccount: 3,
  perAddress: 8,
  window: 900,
};
const redis = connect();
const budget = createLoginBudget({ redis, ...options });
const elsewhere = createLoginBudget({ redis: connect(), ...options });

let cases = 0;
let attempt = { account: '', address: '' };
beforeEach(async () => {
  await vi.waitFor(() => expect(opened.every(({ status }) => status === 'ready')).toBe(true), 120_000);
  cases += 1;
  attempt = { account: `user${cases}@example.com`, address: `192.0.2.${cases}` };
});

const outcome = (promise: Promise<void>) =>
  promise.then(
    () => 'ok',
    (error: { code: string; retryAfter: number }) => error,
  );
const admitted = (outcomes: unknown[]) => outcomes.filter((one) => one === 'ok').length;

describe('the guess budget of logins', () => {
  it('admits so many parallel tries for an account, over all instances and spellings', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        outcome(
          (index % 2 ? budget : elsewhere).consume({
            account: index % 3 ? attempt.account : ` ${attempt.account.toUpperCase()}`,
            address: `198.51.100.${index}`,
          }),
        ),
      ),
    );
    expect(admitted(outcomes)).toBe(3);
    const refusal = outcomes.find((one) => one !== 'ok');
    expect(refusal).toMatchObject({ code: 'rate_limited' });
    const { retryAfter } = refusal as { retryAfter: number };
    expect(retryAfter).toBeGreaterThan(800);
    expect(retryAfter).toBeLessThanOrEqual(900);
  });

  it('admits so many tries from an address, whatever the accounts', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        outcome(budget.consume({ account: `${attempt.account}${index}`, address: attempt.address })),
      ),
    );
    expect(admitted(outcomes)).toBe(8);
  });

  it('is not used up for an account by an address that has none left', async () => {
    for (let other = 0; other < 8; other += 1) {
      await budget.consume({ account: `${attempt.account}${other}`, address: attempt.address });
    }
    for (let again = 0; again < 5; again += 1) await outcome(budget.consume(attempt));
    expect(await outcome(budget.consume({ ...attempt, address: '203.0.113.9' }))).toBe('ok');
  });

  it('starts anew for an account after the right password, and does not count it for the address', async () => {
    for (let login = 0; login < 20; login += 1) {
      await budget.consume(attempt);
      await elsewhere.succeeded(attempt);
    }
    const outcomes = [];
    for (let guess = 0; guess < 5; guess += 1) outcomes.push(await outcome(budget.consume(attempt)));
    expect(admitted(outcomes)).toBe(3);
  });

  it('is one for each service', async () => {
    for (let guess = 0; guess < 3; guess += 1) await budget.consume(attempt);
    const other = createLoginBudget({ redis, ...options, service: 'sms-phone' });
    expect(await outcome(other.consume(attempt))).toBe('ok');
  });

  it('holds no names in Redis, and nothing for ever', async () => {
    await budget.consume(attempt);
    const keys = await redis.keys(`${stores.redisPrefix}:logins:*`);
    expect(keys.length).toBeGreaterThan(1);
    expect(keys.filter((key) => key.includes('example.com'))).toEqual([]);
    expect(Math.min(...(await Promise.all(keys.map((key) => redis.ttl(key)))))).toBeGreaterThan(0);
  });

  it('refuses everybody while Redis is away: 503', async () => {
    const nowhere = createLoginBudget({ redis: connect('redis://127.0.0.1:1'), ...options });
    expect(await outcome(nowhere.consume(attempt))).toMatchObject({ code: 'unavailable' });
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
