import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { call } from '@portico/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster, type Member } from './cluster.ts';
import { startStore, type Store } from './outage.ts';
import { settle, type Residents } from './residents.ts';

/** Longer than every time-out and pause between attempts, so that 30 s would show nothing else. */
const awayMs = 12_000;

let mongodb: Store;
let redis: Store;
let cluster: Cluster;
let residents: Residents;
beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startStore('mongodb'), startStore('redis')]);
  cluster = await startCluster({
    stores: { mongodbUri: mongodb.url, redisUrl: redis.url },
    name: 'away',
    environment: { LOG_LEVEL: 'fatal' },
  });
  residents = await settle(cluster);
});
afterAll(async () => {
  try {
    await cluster.close();
  } finally {
    await Promise.all([mongodb.stop(), redis.stop()]);
  }
});

afterEach(() => Promise.all([mongodb.comeBack(), redis.comeBack()]));

interface Question {
  service: string;
  path: string;
  body?: unknown;
  as?: 'operator' | 'visitor';
  /** What stands beside 503 in the dialect of the service. */
  refusal: object;
}

const refusals = {
  'account-pool': { code: 5001, data: null },
  'sms-phone': { success: false },
  'customer-service': { detail: expect.any(String) as string },
  'app-support': { code: 10000, data: {} },
};
const question = (service: keyof typeof refusals, path: string, more: Partial<Question> = {}): Question => ({
  service,
  path,
  refusal: refusals[service],
  ...more,
});

const login = { account: 'visitor@example.com', password: 'a-good-passphrase-1' };
/** What nobody can answer without the store. */
const questions = {
  mongodb: () => [
    question('account-pool', '/web/v1/accounts/list', { body: {} }),
    question('sms-phone', `/api/balance?token=${residents.caller.token}`),
    question('customer-service', '/api/tickets', { as: 'operator' }),
    question('app-support', '/api/feedback', { as: 'visitor' }),
  ],
  redis: () => [
    question('account-pool', '/account-pool/api/admin/keys', { as: 'operator' }),
    question('sms-phone', '/api/login?username=caller&password=testpassword'),
    question('customer-service', '/customer-service/api/auth/login', {
      body: { email: cluster.secrets['ADMIN_EMAIL'], password: cluster.secrets['ADMIN_PASSWORD'] },
    }),
    question('app-support', '/api/auth/access_token', { body: login }),
  ],
};

async function ask({ path, body, as }: Question) {
  const begun = performance.now();
  const headers: Record<string, string> = as ? { Authorization: residents[as] } : {};
  const answer = await call(cluster.url + path, { body, headers });
  return { status: answer.status, body: answer.body, ms: performance.now() - begun };
}

const statusOf = async (member: Member, path: string) =>
  (await call(`${member.instance.operationsUrl}${path}`)).status;

/** Somebody writes to the operators, who are told by mail. Answers the status and what tells the mail apart. */
async function contact() {
  const turnstileToken = randomUUID();
  const name = `Somebody ${turnstileToken}`;
  const body = { name, email: 'somebody@example.com', message: 'A question.', turnstileToken };
  return { status: (await call(`${cluster.url}/api/owa/info`, { body })).status, name };
}

/** The mails that were sent with this in them. */
const mailsWith = (text: string) =>
  readFileSync(join(cluster.folder, 'outbox.ndjson'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(text));

describe.each([
  ['mongodb', 'frozen'],
  ['mongodb', 'killed'],
  ['redis', 'frozen'],
  ['redis', 'killed'],
] as const)('while %s is %s', (name, how) => {
  it(
    'processes live, refuse in time what needs it, and go on when it is back',
    { timeout: 600_000 },
    async () => {
      const store = { mongodb, redis }[name];
      const users = cluster.members.filter(
        ({ instance }) => name === 'redis' || instance.app.kind !== 'gateway',
      );
      const all = (path: string) => Promise.all(users.map((member) => statusOf(member, path)));
      const same = (status: number) => users.map(() => status);
      const pids = cluster.members.map(({ process }) => process.pid);

      const begun = performance.now();
      store.leave(how);
      // Also before any process has noticed. Without a time limit the gateway would answer 504 after 40 s.
      const early = name === 'mongodb' ? await Promise.all(questions.mongodb().map(ask)) : [];
      expect(early.map(({ status, ms }) => [status, ms < 30_000])).toEqual(early.map(() => [503, true]));
      await expect.poll(() => all('/readyz')).toEqual(same(503));
      for (const one of questions[name]()) {
        const refusalMs = async () => {
          const { status, body, ms } = await ask(one);
          expect({ status, body }, one.path).toMatchObject({ status: 503, body: one.refusal });
          return ms;
        };
        // Not each must be so quick, because the machine may be busy; with a wait for the store none would be.
        await expect.poll(refusalMs).toBeLessThan(2000);
      }
      expect(await all('/healthz')).toEqual(same(200));
      // What only has to be told waits for Redis; who said it does not.
      const told = await contact();
      expect(told.status).toBe(name === 'redis' ? 201 : 503);
      await wait(awayMs - (performance.now() - begun));

      await store.comeBack();
      await expect.poll(() => all('/readyz')).toEqual(same(200));
      const answers = () => Promise.all(questions[name]().map(ask));
      await expect
        .poll(async () => (await answers()).map(({ status }) => status))
        .toEqual([200, 200, 200, 200]);
      if (name === 'redis') await expect.poll(() => mailsWith(told.name)).toHaveLength(1);
      expect(cluster.members.map(({ process }) => process.child.exitCode ?? process.pid)).toEqual(pids);
    },
  );
});
