import { testOperators } from '@portico/auth/testing';
import { loadConfig } from '@portico/config';
import { createLogger, createMetrics, listen } from '@portico/service';
import { call, type Answer, type TestStores } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { expect, vi } from 'vitest';
import { buildApp } from '../app.ts';
import { shape } from '../config.ts';
import { signatureOf } from '../inbound/webhook.routes.ts';
import { audit } from './audit.ts';

const patience = { timeout: 120_000, interval: 20 };
const operators = testOperators();
/** Authorization of an operator, or of a customer of customer-service. */
export const operatorToken = operators.authorization;
export const inboundSecret = 'a secret that signs messages';
export const twilioToken = 'a token of Twilio';

/** What an instance on these stores reads. */
export const environmentOf = (stores: TestStores): Record<string, string> => ({
  ...stores.environment,
  OPERATOR_PUBLIC_KEYS: operators.publicKey,
  PASSWORD_PEPPERS: `p1:${'pepper'.repeat(6)}`,
  TOKEN_SECRETS: `t1:${'token'.repeat(8)}`,
  SMS_INBOUND_SECRET: inboundSecret,
  TWILIO_AUTH_TOKEN: twilioToken,
  BCRYPT_COST: '4',
  PASSWORD_WAIT_MS: '60000',
  PASSWORD_QUEUE: '500',
  SWEEP_MS: '100',
});

/** An instance of the service on a port of its own. */
export async function startInstance(stores: TestStores, environment: Record<string, string> = {}) {
  const config = loadConfig('sms-phone', shape, undefined, { ...environmentOf(stores), ...environment });
  const metrics = createMetrics('sms-phone');
  const built = buildApp({
    config,
    logger: createLogger('sms-phone', config.LOG_LEVEL),
    metrics,
    checkOutput: true,
  });
  const server = await listen(built.app, { host: '127.0.0.1', port: 0 });
  await built.start();
  await vi.waitFor(async () => expect(await built.checks.redis()).toBeUndefined(), patience);
  return {
    ...built,
    metrics,
    url: server.url,
    async close(): Promise<void> {
      built.drain();
      await server.close(1000);
      await built.close();
    },
  };
}

export type Instance = Awaited<ReturnType<typeof startInstance>>;

/** An answer of any of the three envelopes. */
export interface Body {
  message: string;
  success?: boolean;
  stat?: boolean;
  code?: number;
  data?: string;
  balance?: number;
  frozen?: number;
}

export type Ask = <Data = Body>(path: string, query?: Record<string, string>) => Promise<Answer<Data>>;

let names = 0;
let numbers = 0;
/** Numbers that no other test has used. */
export const newPhones = (count: number) =>
  Array.from({ length: count }, () => `138${String((numbers += 1)).padStart(8, '0')}`);

/** A number as it is stored. */
export const canonical = (phone: string) => `+86${phone}`;

/** An instance, and what tests do again and again. */
export async function startService(stores: TestStores, environment: Record<string, string> = {}) {
  const instance = await startInstance(stores, environment);
  const mongo = await MongoClient.connect(stores.mongodbUri);
  const more: Instance[] = [];

  const askAt =
    (url: string, token?: string): Ask =>
    async <Data>(path: string, query: Record<string, string> = {}) => {
      const parameters = new URLSearchParams({ ...(token !== undefined && { token }), ...query });
      const answer = await call<Data>(`${url}${path}?${parameters.toString()}`);
      expect(answer.status, JSON.stringify(answer.body)).not.toBe(500);
      return answer;
    };
  const operate = <Data = Body>(method: string, path: string, body?: unknown) =>
    call<Data>(`${instance.url}/api/admin${path}`, {
      method,
      body,
      headers: { Authorization: operatorToken() },
    });

  return {
    ...instance,
    database: mongo.db(stores.database),
    ask: askAt(instance.url),
    askAt,
    operate,
    /** A project of its own, at 1.00. */
    async newProject(change: object = {}): Promise<string> {
      const project_id = `project${(names += 1)}`;
      const body = { project_id, name: `项目 ${names}`, amount: 1, ...change };
      expect((await operate('POST', '/projects', body)).status).toBe(201);
      return project_id;
    },
    async addNumbers(phones: readonly string[], change: object = {}): Promise<void> {
      const added = phones.map((phone) => ({ phone, carrier_type: 1, number_type: 1, ...change }));
      expect((await operate('POST', '/numbers', { numbers: added })).status).toBe(200);
    },
    /** A user with some money. */
    async newUser(amount = 0) {
      const username = `user${(names += 1)}`;
      const password = 'testpassword';
      const registered = await askAt(instance.url)<{ user: { id: number; token: string } }>('/api/register', {
        username,
        password,
        email: `${username}@example.com`,
        security_question: '测试问题? 测试答案',
      });
      expect(registered.status, JSON.stringify(registered.body)).toBe(201);
      const { id, token } = registered.body.user;
      const ask = askAt(instance.url, token);
      if (amount > 0) expect((await ask('/api/recharge', { amount: String(amount) })).status).toBe(200);
      const balance = async () => {
        const { body } = await ask('/api/balance');
        return [body.balance, body.frozen];
      };
      return { id, username, password, token, ask, balance };
    },
    /** Brings a message by the signed webhook. */
    async bring(
      message: object,
      timestamp = Math.floor(Date.now() / 1000),
      secret = inboundSecret,
      url = instance.url,
    ) {
      const body = JSON.stringify({ from: '10690000', ...message });
      return call<Body & { duplicate?: boolean }>(`${url}/inbound/webhook`, {
        body,
        headers: {
          'X-Timestamp': String(timestamp),
          'X-Signature': signatureOf(secret, String(timestamp), body),
        },
      });
    },
    /** @throws where the money does not add up at this moment */
    audit: () => audit(mongo, stores.database),
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

export type Service = Awaited<ReturnType<typeof startService>>;
