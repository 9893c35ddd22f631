import { randomBytes } from 'node:crypto';
import { testOperators } from '@portico/auth/testing';
import { loadConfig } from '@portico/config';
import { connectRedis, createSealer } from '@portico/queue';
import { createLogger, createMetrics, listen } from '@portico/service';
import { call, type TestStores } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { expect, vi } from 'vitest';
import { buildApp } from '../app.ts';
import { shape } from '../config.ts';
import type { FanOutTiming } from '../pushes/fan-out.ts';
import { notifierPeer } from '@portico/outbox/testing';

/** The envelope of document 004, as a client reads it. */
export interface Envelope<Data = Record<string, unknown>> {
  code: number;
  message: string;
  data: Data;
}

const patience = { timeout: 120_000, interval: 20 };
const operators = testOperators();
/** Authorization of an operator, or of a customer of customer-service. */
export const operatorToken = operators.authorization;
export const sealingKeys = [{ id: 'k1', key: randomBytes(32) }];

/** What an instance on these stores reads. */
export const environmentOf = (stores: TestStores): Record<string, string> => ({
  ...stores.environment,
  OPERATOR_PUBLIC_KEYS: operators.publicKey,
  SEALING_KEYS: sealingKeys.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(),
  PASSWORD_PEPPERS: `p1:${'pepper'.repeat(6)}`,
  CODE_SECRET: 'a secret for codes that is long enough',
  SESSION_SECRETS: `s1:${'session'.repeat(6)}`,
  BCRYPT_COST: '4',
  PASSWORD_WAIT_MS: '60000',
});

export interface InstanceOptions {
  environment?: Record<string, string>;
  fanOutTiming?: Partial<FanOutTiming>;
  /** It is not waited for Redis. */
  withoutRedis?: boolean;
}

/** An instance of the service on a port of its own. */
export async function startInstance(stores: TestStores, options: InstanceOptions = {}) {
  const environment = { ...environmentOf(stores), ...options.environment };
  const config = loadConfig('app-support', shape, undefined, environment);
  const built = buildApp(
    {
      config,
      logger: createLogger('app-support', config.LOG_LEVEL),
      metrics: createMetrics('app-support'),
      checkOutput: true,
    },
    { fanOutTiming: { leaseMs: 3000, pauseMs: 50, ...options.fanOutTiming } },
  );
  const server = await listen(built.app, { host: '127.0.0.1', port: 0 });
  await built.start();
  if (!options.withoutRedis) {
    await vi.waitFor(async () => expect(await built.checks.redis()).toBeUndefined(), patience);
  }

  async function ask<Data = Record<string, unknown>>(
    method: string,
    path: string,
    authorization?: string,
    body?: unknown,
  ): Promise<Envelope<Data>> {
    const answer = await call<Envelope<Data>>(server.url + path, {
      method,
      body,
      ...(authorization && { headers: { Authorization: authorization } }),
    });
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500);
    return answer.body;
  }
  return {
    url: server.url,
    routes: built.routes,
    checks: built.checks,
    finishDeletions: built.finishDeletions,
    config,
    ask,
    /** Asks as an operator. */
    operate: <Data = Record<string, unknown>>(method: string, path: string, body?: unknown) =>
      ask<Data>(method, `/api/admin${path}`, operatorToken(), body),
    async close(): Promise<void> {
      await server.close(1000);
      await built.close();
    },
  };
}

export type Instance = Awaited<ReturnType<typeof startInstance>>;

/** A user who has registered. */
export interface TestUser {
  id: number;
  account: string;
  password: string;
  /** `Authorization`. */
  token: string;
  refreshToken: string;
}

interface Tokens {
  access_token: string;
  refresh_token: string;
}

let numbers = 0;
/** A phone number that no other test has used. */
export const newPhone = () => `138${String((numbers += 1)).padStart(8, '0')}`;
export const newMail = () => `person${(numbers += 1)}@example.com`;

/** An instance with the other end of its queues, and what tests do again and again. */
export async function startSupport(stores: TestStores, options: InstanceOptions = {}) {
  const instance = await startInstance(stores, options);
  const peer = notifierPeer('app-support', stores, createSealer(sealingKeys));
  const mongo = await MongoClient.connect(stores.mongodbUri);
  const redis = connectRedis({ url: stores.redisUrl, name: 'test' });
  const more: Instance[] = [];

  /** The code that was last sent to an address. */
  async function lastCode(address: string, nth = 1): Promise<string> {
    // Also called by hooks, where `expect.poll` is not to be had.
    await vi.waitFor(() => expect(peer.to(address).length).toBeGreaterThanOrEqual(nth), patience);
    const message = peer.to(address).at(-1);
    return message?.template === 'verification-code' ? (message.data['code'] as string) : '';
  }
  const addressOf = (account: string) => (account.includes('@') ? account : `+86${account}`);

  return {
    ...instance,
    peer,
    database: mongo.db(stores.database),
    lastCode,
    /** A new code for an account. */
    async newCode(account: string, purpose?: string): Promise<string> {
      const before = peer.to(addressOf(account)).length;
      const sent = await instance.ask('POST', '/api/auth/send_code', undefined, { account, purpose });
      expect(sent).toEqual({ code: 0, message: 'success', data: {} });
      return lastCode(addressOf(account), before + 1);
    },
    async newUser(account = newPhone(), password = 'correct horse'): Promise<TestUser> {
      const code = await this.newCode(account);
      const body = { account, code, password };
      const { data } = await instance.ask<Tokens>('POST', '/api/auth/register', undefined, body);
      const token = `Token ${data.access_token}`;
      const info = await instance.ask<{ id: number }>('GET', '/api/personal/info', token);
      return { id: info.data.id, account, password, token, refreshToken: data.refresh_token };
    },
    /** Forgets when codes were sent, so that the next need not wait for a minute. */
    async forgetSends(): Promise<void> {
      const keys = await redis.keys(`${stores.redisPrefix}:codes:*:sends`);
      expect(await redis.del(...keys)).toBe(keys.length);
    },
    /** Another instance on the same stores. */
    async another(other: InstanceOptions = options): Promise<Instance> {
      const started = await startInstance(stores, other);
      more.push(started);
      return started;
    },
    async close(): Promise<void> {
      await Promise.all([instance, ...more].map((one) => one.close()));
      await peer.close();
      redis.disconnect();
      await mongo.close();
    },
  };
}

export type Support = Awaited<ReturnType<typeof startSupport>>;
