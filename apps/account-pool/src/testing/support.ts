import { testOperators } from '@portico/auth/testing';
import { loadConfig } from '@portico/config';
import { createLogger, createMetrics, listen } from '@portico/service';
import { call, type TestStores } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { vi, expect } from 'vitest';
import { buildApp } from '../app.ts';
import { shape } from '../config.ts';

/** The envelope of document 001, as a client reads it. */
export interface Envelope<Data = unknown> {
  code: number;
  message: string;
  data: Data;
}

export interface Acquired {
  id: number;
  customId: string;
  data: string;
  leaseToken: number;
  expiresAt: string | null;
}

export interface Listed extends Pick<Acquired, 'id' | 'customId' | 'data'> {
  ownerId: string;
  platform: string;
  status: string;
  notes: string | null;
  lockedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

const patience = { timeout: 120_000, interval: 20 };
const operators = testOperators();
/** Authorization of an operator, or of a customer of customer-service. */
export const operatorToken = operators.authorization;

/** What an instance on these stores reads. */
export const environmentOf = (stores: TestStores): Record<string, string> => ({
  ...stores.environment,
  OPERATOR_PUBLIC_KEYS: operators.publicKey,
});

/** An instance of the service on a port of its own. */
export async function startInstance(stores: TestStores, environment: Record<string, string> = {}) {
  const config = loadConfig('account-pool', shape, undefined, { ...environmentOf(stores), ...environment });
  const built = buildApp({
    config,
    logger: createLogger('account-pool', config.LOG_LEVEL),
    metrics: createMetrics('account-pool'),
    checkOutput: true,
  });
  const server = await listen(built.app, { host: '127.0.0.1', port: 0 });
  await built.start();
  return {
    ...built,
    url: server.url,
    async close(): Promise<void> {
      built.drain();
      await server.close(1000);
      await built.close();
    },
  };
}

export type Instance = Awaited<ReturnType<typeof startInstance>>;

/** Rows of an upload: `c1`, `c2`, … */
export const rowsOf = (count: number, platform = 'example', from = 1) =>
  Array.from({ length: count }, (_, index) => ({
    platform,
    customId: `c${from + index}`,
    data: JSON.stringify({ username: `c${from + index}` }),
  }));

/** An instance, and what tests do again and again. */
export async function startPool(stores: TestStores, environment: Record<string, string> = {}) {
  const instance = await startInstance(stores, environment);
  const mongo = await MongoClient.connect(stores.mongodbUri);
  const more: Instance[] = [];

  async function ask<Data = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Envelope<Data>> {
    const answer = await call<Envelope<Data>>(instance.url + path, { method, body, headers });
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500);
    return answer.body;
  }

  return {
    ...instance,
    database: mongo.db(stores.database),
    ask,
    upload: (rows: unknown, owner = 'owner1') => ask('POST', `/s/v1/${owner}/upload`, rows),
    acquire: (query: string, owner = 'owner1', headers: Record<string, string> = {}) =>
      ask<Acquired[] | null>('GET', `/s/v1/${owner}/acquire?${query}`, undefined, headers),
    async list(filters: object = {}, more: object = {}): Promise<Listed[]> {
      const { data } = await ask<{ list: Listed[] }>('POST', '/web/v1/accounts/list', {
        filters,
        pagination: { page: 1, pageSize: 1000 },
        sort: { field: 'id', order: 'asc' },
        ...more,
      });
      return data.list;
    },
    stats: async () =>
      (
        await ask<{ totalAccounts: number; statusSummary: Record<string, number> }>(
          'GET',
          '/web/v1/stats/overview',
        )
      ).data,
    /** Asks as an operator. */
    operate: <Data = unknown>(method: string, path: string, body?: unknown) =>
      ask<Data>(method, `/api/admin${path}`, body, { Authorization: operatorToken() }),
    /** Waits for Redis, where operators' tokens are looked up. */
    redis: () => vi.waitFor(async () => expect(await instance.checks.redis()).toBeUndefined(), patience),
    /** Another instance on the same stores. */
    async another(other: Record<string, string> = environment): Promise<Instance> {
      const started = await startInstance(stores, other);
      more.push(started);
      return started;
    },
    async close(): Promise<void> {
      await Promise.all([instance, ...more].map((one) => one.close()));
      await mongo.close();
    },
  };
}

export type Pool = Awaited<ReturnType<typeof startPool>>;
