import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@portico/config';
import { notifierPeer } from '@portico/outbox/testing';
import { connectRedis, createSealer } from '@portico/queue';
import { createLogger, createMetrics, listen } from '@portico/service';
import { call, type Answer, type TestStores } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { expect, vi } from 'vitest';
import { buildApp } from '../app.ts';
import { check, shape } from '../config.ts';

const patience = { timeout: 120_000, interval: 20 };
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const sealingKeys = [{ id: 'k1', key: randomBytes(32) }];
export const operator = { email: 'admin@example.com', password: 'operators password' };

/** What an instance on these stores reads. */
export const environmentOf = (stores: TestStores, filesDir: string): Record<string, string> => ({
  ...stores.environment,
  OPERATOR_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  SEALING_KEYS: sealingKeys.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(),
  PASSWORD_PEPPERS: `p1:${'pepper'.repeat(6)}`,
  CODE_SECRET: 'a secret for codes that is long enough',
  SESSION_SECRETS: `s1:${'session'.repeat(6)}`,
  FILE_LINK_SECRETS: `f1:${'links'.repeat(8)}`,
  FILES_DIR: filesDir,
  ADMIN_EMAIL: operator.email,
  ADMIN_PASSWORD: operator.password,
  BCRYPT_COST: '4',
  PASSWORD_WAIT_MS: '60000',
});

export type Ask = <Body = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
) => Promise<Answer<Body>>;

/** An instance of the service on a port of its own. */
export async function startInstance(environment: Record<string, string>) {
  const config = loadConfig('customer-service', shape, check, environment);
  const built = buildApp({
    config,
    logger: createLogger('customer-service', config.LOG_LEVEL),
    metrics: createMetrics('customer-service'),
    checkOutput: true,
  });
  const server = await listen(built.app, { host: '127.0.0.1', port: 0 });
  await built.start();
  await vi.waitFor(async () => expect(await built.checks.redis()).toBeUndefined(), patience);
  return {
    ...built,
    url: server.url,
    async close(): Promise<void> {
      await server.close(1000);
      await built.close();
    },
  };
}

export type Instance = Awaited<ReturnType<typeof startInstance>>;

/** A customer who has signed in. */
export interface Customer {
  id: string;
  email: string;
  password: string;
  token: string;
  refreshToken: string;
  ask: Ask;
}

interface Tokens {
  access_token: string;
  refresh_token: string;
}

let people = 0;
/** An address that no other test has used. */
export const newEmail = () => `person${(people += 1)}@example.com`;

/** An instance with the other end of its queues, and what tests do again and again. */
export async function startService(stores: TestStores, environment: Record<string, string> = {}) {
  const filesDir = mkdtempSync(join(tmpdir(), 'customer-service-'));
  const complete = { ...environmentOf(stores, filesDir), ...environment };
  const instance = await startInstance(complete);
  const peer = notifierPeer('customer-service', stores, createSealer(sealingKeys));
  const mongo = await MongoClient.connect(stores.mongodbUri);
  const redis = connectRedis({ url: stores.redisUrl, name: 'test' });
  const more: Instance[] = [];

  const askAs =
    (token?: string): Ask =>
    async <Body>(method: string, path: string, body?: unknown) => {
      const answer = await call<Body>(instance.url + path, {
        method,
        body,
        ...(token !== undefined && { headers: { Authorization: `Bearer ${token}` } }),
      });
      expect(answer.status, JSON.stringify(answer.body)).not.toBe(500);
      return answer;
    };
  const ask = askAs();

  const signIn = async (email: string, password: string): Promise<Tokens> =>
    (await ask<Tokens>('POST', '/api/auth/login', { email, password })).body;

  /** The last code that was mailed to an address. */
  async function lastCode(email: string, nth = 1): Promise<string> {
    await vi.waitFor(() => expect(peer.to(email).length).toBeGreaterThanOrEqual(nth), patience);
    return (peer.to(email).at(-1)?.data as { code: string }).code;
  }
  async function newCode(email: string, path = '/api/auth/send-code'): Promise<string> {
    const before = peer.to(email).length;
    const sent = await ask('POST', path, { email });
    expect(sent.body).toEqual({ message: '验证码已发送', email });
    return lastCode(email, before + 1);
  }

  return {
    ...instance,
    environment: complete,
    peer,
    database: mongo.db(stores.database),
    ask,
    askAs,
    signIn,
    lastCode,
    newCode,
    async newCustomer(email = newEmail(), password = 'mypassword123'): Promise<Customer> {
      const verification_code = await newCode(email);
      const registered = await ask<{ id: string }>('POST', '/api/auth/register', {
        email,
        password,
        verification_code,
      });
      expect(registered.status).toBe(201);
      const { access_token: token, refresh_token: refreshToken } = await signIn(email, password);
      return { id: registered.body.id, email, password, token, refreshToken, ask: askAs(token) };
    },
    /** Asks as the first operator. */
    async operate(): Promise<Ask> {
      return askAs((await signIn(operator.email, operator.password)).access_token);
    },
    /** Forgets when codes were sent, so that the next need not wait for a minute. */
    async forgetSends(): Promise<void> {
      const keys = await redis.keys(`${stores.redisPrefix}:codes:*:sends`);
      expect(await redis.del(...keys)).toBe(keys.length);
    },
    async another(): Promise<Instance> {
      const started = await startInstance(complete);
      more.push(started);
      return started;
    },
    async close(): Promise<void> {
      await Promise.all([instance, ...more].map((one) => one.close()));
      await peer.close();
      redis.disconnect();
      await mongo.close();
      rmSync(filesDir, { recursive: true, force: true });
    },
  };
}

export type Service = Awaited<ReturnType<typeof startService>>;
