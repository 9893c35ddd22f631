import { connectRedis } from '@portico/queue';
import { createMetrics } from '@portico/service';
import { testStores } from '@portico/testing';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import {
  createAuthMetrics,
  createCodes,
  createLoginBudget,
  createPasswords,
  type LoginContext,
} from './index.ts';

const stores = testStores();
const redis = connectRedis({ url: stores.redisUrl, name: 'test' });
const { registry } = createMetrics('customer-service');
const metrics = createAuthMetrics({ registry });
const inRedis = { redis, prefix: stores.redisPrefix, service: 'customer-service', metrics };
const passwords = createPasswords({
  peppers: [{ id: 'p1', secret: 'pepper one' }],
  cost: 4,
  threads: 1,
  maxQueue: 10,
  longestWaitMs: 60_000,
  metrics,
});
beforeEach(() => vi.waitFor(() => expect(redis.status).toBe('ready'), 120_000));
afterAll(async () => {
  redis.disconnect();
  await passwords.close();
});

/** The values of a counter by its one label. */
async function counted(name: string): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric(name)?.get();
  return Object.fromEntries(
    (metric?.values ?? []).map(({ labels, value }) => [String(Object.values(labels)[0]), value]),
  );
}

it('counts right and wrong passwords, also of unknown users', async () => {
  expect(await counted('auth_password_checks_total')).toEqual({ right: 0, wrong: 0 });
  const stored = await passwords.hash('correct horse');
  await passwords.verifyOrDummy(stored, 'correct horse');
  await passwords.verifyOrDummy(stored, 'wrong horse');
  await passwords.verifyOrDummy(undefined, 'correct horse');
  expect(await counted('auth_password_checks_total')).toEqual({ right: 1, wrong: 2 });
});

it('counts right and wrong codes', async () => {
  const codes = createCodes({ ...inRedis, secrets: ['a secret for codes'] });
  const subject = { purpose: 'register', address: 'user@example.com' };
  const { code } = await codes.issue(subject);
  await codes.check(subject, code === '000000' ? '000001' : '000000');
  await codes.consume(subject, code);
  expect(await counted('auth_code_checks_total')).toEqual({ right: 1, wrong: 1 });
});

it('counts tries that a budget refused, by whose it was', async () => {
  const secrets = [{ id: 's1', secret: 'a secret for devices' }];
  const budget = createLoginBudget({ ...inRedis, secrets, perAccount: 1, perAddress: 2, window: 600 });
  const context = {
    clientIp: '192.0.2.1',
    request: { headers: {} } as LoginContext['request'],
    header: () => undefined,
  };
  const attempt = (account: string) => budget.take(account, context).catch(() => undefined);
  await attempt('one');
  await attempt('one');
  await attempt('two');
  await attempt('three');
  expect(await counted('auth_logins_limited_total')).toEqual({ account: 1, address: 1 });
});
