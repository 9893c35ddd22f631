import { randomBytes } from 'node:crypto';
import { call, testStores } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../resilience/cluster.ts';
import { live, rollOut } from './rollout.ts';

const stores = testStores();
let cluster: Cluster;
let mongo: MongoClient;
beforeAll(async () => {
  cluster = await startCluster({
    stores,
    name: stores.database,
    environment: {
      SMS_PHONE_INSTANCES: '2',
      ACCOUNT_POOL_INSTANCES: '0',
      CUSTOMER_SERVICE_INSTANCES: '0',
      APP_SUPPORT_INSTANCES: '0',
      NOTIFIER_INSTANCES: '0',
    },
  });
  mongo = await MongoClient.connect(stores.mongodbUri);
});
afterAll(async () => {
  await mongo.close();
  await cluster.close();
});

const password = 'testpassword';

async function tokenFrom(path: string, query: Record<string, string>): Promise<string> {
  const answer = await call<{ user?: { token: string }; token?: string }>(
    `${cluster.url}/api/${path}?${new URLSearchParams(query).toString()}`,
  );
  expect(answer.status, JSON.stringify(answer.body)).toBeOneOf([200, 201]);
  return answer.body.user?.token ?? answer.body.token ?? '';
}

const register = (username: string) =>
  tokenFrom('register', {
    username,
    password,
    email: `${username}@example.com`,
    security_question: 'question? answer',
  });
const signIn = (username: string) => tokenFrom('login', { username, password });
const balanceStatus = async (token: string) =>
  (await call(`${cluster.url}/api/balance?token=${token}`)).status;

const keyOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

/** Whose password is still hashed under a pepper, as docs/operations.md asks. */
async function namesUnder(pepper: string): Promise<string[]> {
  const users = mongo.db(`${stores.database}_sms_phone`).collection<{ username: string }>('users');
  const found = await users.find({ password: new RegExp(`^v1\\$${pepper}\\$`) }).toArray();
  return found.map(({ username }) => username).sort();
}

it('tokens and passwords of users go over to new secrets while they work', async () => {
  const { TOKEN_SECRETS: oldTokens = '', PASSWORD_PEPPERS: oldPeppers = '' } = cluster.secrets;
  const next = (id: string) => `${id}:${randomBytes(32).toString('base64url')}`;
  const [newTokens, newPeppers] = [next('second'), next('second')];

  const before = await register('worker');
  await register('sleeper');
  let isOldGood = true;
  const life = live([
    async () => expect(await balanceStatus(await signIn('worker'))).toBe(200),
    async () => {
      if (isOldGood) expect(await balanceStatus(before)).toBe(200);
    },
  ]);

  await rollOut(
    cluster,
    ['sms-phone'],
    {
      TOKEN_SECRETS: `${oldTokens},${newTokens}`,
      PASSWORD_PEPPERS: `${oldPeppers},${newPeppers}`,
    },
    life,
  );
  expect(keyOf(await signIn('worker'))).toBe('first');
  expect(await namesUnder('first')).toEqual(['sleeper', 'worker']);

  await rollOut(
    cluster,
    ['sms-phone'],
    {
      TOKEN_SECRETS: `${newTokens},${oldTokens}`,
      PASSWORD_PEPPERS: `${newPeppers},${oldPeppers}`,
    },
    life,
  );
  const after = await signIn('worker');
  expect(keyOf(after)).toBe('second');
  expect(await balanceStatus(before)).toBe(200);
  // Hashed anew by signing in; who does not come back still needs the old pepper.
  expect(await namesUnder('second')).toEqual(['worker']);
  expect(await namesUnder('first')).toEqual(['sleeper']);
  await signIn('sleeper');
  expect(await namesUnder('first')).toEqual([]);

  isOldGood = false;
  await rollOut(cluster, ['sms-phone'], { TOKEN_SECRETS: newTokens, PASSWORD_PEPPERS: newPeppers }, life);
  expect(await balanceStatus(before)).not.toBe(200);
  expect(await balanceStatus(after)).toBe(200);
  await signIn('sleeper');
  await life.end();
});
