import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, testStores } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startCluster, type Cluster } from '../resilience/cluster.ts';
import { rollOut } from './rollout.ts';

const stores = testStores();
let cluster: Cluster;
let mongo: MongoClient;
beforeAll(async () => {
  cluster = await startCluster({
    stores,
    name: stores.database,
    environment: {
      CUSTOMER_SERVICE_INSTANCES: '2',
      ACCOUNT_POOL_INSTANCES: '0',
      SMS_PHONE_INSTANCES: '0',
      APP_SUPPORT_INSTANCES: '0',
    },
  });
  mongo = await MongoClient.connect(stores.mongodbUri);
});
afterAll(async () => {
  await mongo.close();
  await cluster.close();
});

const patience = { timeout: 120_000, interval: 50 };

const codeMails = () =>
  mongo.db(`${stores.database}_customer_service`).collection<{ outbox?: { sealed: string }[] }>('code_mails');

async function askForCode(email: string): Promise<void> {
  const { status } = await call(`${cluster.url}/api/auth/send-code`, { body: { email } });
  expect(status).toBe(200);
}

/** The ids of the keys under which messages are pending, as docs/operations.md asks. */
async function pendingUnder(): Promise<string[]> {
  const found = await codeMails()
    .find({ 'outbox.sealed': { $exists: true } })
    .toArray();
  return found.flatMap(({ outbox = [] }) => outbox.map(({ sealed }) => sealed.split('.')[1] ?? '')).sort();
}

/** The code that left for an address. */
function codeFor(email: string): string | undefined {
  const file = join(cluster.folder, 'outbox.ndjson');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { to: string; code: string })
    .find(({ to }) => to === email)?.code;
}

async function register(email: string): Promise<number> {
  const code = await vi.waitFor(() => {
    const sent = codeFor(email);
    expect(sent).toBeDefined();
    return sent;
  }, patience);
  const body = { email, password: 'a-good-passphrase-1', verification_code: code };
  return (await call(`${cluster.url}/api/auth/register`, { body })).status;
}

it('messages that wait are opened with the key that sealed them', async () => {
  const everywhere = ['customer-service', 'notifier'];
  const [notifier] = cluster.of('notifier');
  const old = cluster.secrets['SEALING_KEYS'] ?? '';
  const next = `k2:${randomBytes(32).toString('base64')}`;

  await rollOut(cluster, everywhere, { SEALING_KEYS: `${old},${next}` });
  // Nobody takes the messages: they wait in Redis and in their documents.
  await notifier?.stop();
  await askForCode('before@example.com');
  expect(await pendingUnder()).toEqual(['k1']);

  await rollOut(cluster, ['customer-service'], { SEALING_KEYS: `${next},${old}` });
  await askForCode('after@example.com');
  expect(await pendingUnder()).toEqual(['k1', 'k2']);
  await notifier?.start();
  expect(await register('before@example.com')).toBe(201);
  expect(await register('after@example.com')).toBe(201);
  // The results, sealed by the notifier, have come back.
  await vi.waitFor(async () => expect(await pendingUnder()).toEqual([]), patience);

  await rollOut(cluster, everywhere, { SEALING_KEYS: next });
  await askForCode('later@example.com');
  expect(await register('later@example.com')).toBe(201);
  await vi.waitFor(async () => expect(await pendingUnder()).toEqual([]), patience);
});
