import { randomUUID } from 'node:crypto';
import { connectRedis } from '@portico/queue';
import { call, testStores } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from './cluster.ts';

const stores = testStores();
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ stores, name: stores.database, environment: { LOG_LEVEL: 'info' } });
});
afterAll(() => cluster.close());

describe('a request id that a client gives', () => {
  const requestId = `client-${randomUUID()}`;
  const account = 'somebody@example.com';
  /** The lines of an app's log that name it. */
  const logged = (app: string) =>
    cluster.of(app).flatMap(({ process }) => process.lines.filter((line) => line.includes(requestId)));

  it('is in the logs of the gateway and the service, in the job and in the record of its delivery', async () => {
    const redis = connectRedis({ url: stores.redisUrl, name: 'test' });
    const mongo = await MongoClient.connect(stores.mongodbUri);
    afterAll(async () => {
      redis.disconnect();
      await mongo.close();
    });
    const jobs = async () => {
      const keys = await redis.keys(`*${stores.database}*`);
      const types = await Promise.all(keys.map((key) => redis.type(key)));
      const hashes = keys.filter((_key, index) => types[index] === 'hash');
      const data = await Promise.all(hashes.map((key) => redis.hget(key, 'data')));
      return data.filter((text) => text?.includes(requestId));
    };

    // Nobody takes the job before it has been seen.
    const [notifier] = cluster.of('notifier');
    await notifier?.stop();
    const sent = await call(`${cluster.url}/api/auth/send_code`, {
      body: { account },
      headers: { 'X-Request-Id': requestId },
    });
    expect(sent.headers.get('x-request-id')).toBe(requestId);
    await expect.poll(() => logged('gateway')).toHaveLength(1);
    await expect.poll(() => logged('app-support')).toHaveLength(1);
    await expect.poll(async () => (await jobs()).length).toBe(1);
    expect(JSON.parse((await jobs())[0] ?? '{}')).toMatchObject({ requestId });

    await notifier?.start();
    const deliveries = mongo.db(`${stores.database}_notifier`).collection('deliveries');
    await expect
      .poll(() => deliveries.findOne({ requestId }))
      .toMatchObject({ state: 'sent', channel: 'email' });
  });
});

/** Where every kind of path leads: to routes with what clients choose in them, and to nothing. */
const paths = [
  (word: string) => `/s/v1/${word}/acquire?platform=${word}`,
  (word: string) => `/s/v1/studio/update/1/${word}`,
  (word: string) => `/web/v1/${word}`,
  (word: string) => `/account-pool/api/admin/keys/${word}`,
  (word: string) => `/api/balance?token=${word}`,
  (word: string) => `/sms-phone/api/admin/projects/${word}`,
  (word: string) => `/sms-phone/${word}`,
  (word: string) => `/api/tickets/${word}`,
  (word: string) => `/customer-service/files/${word}`,
  (word: string) => `/customer-service/${word}/${word}`,
  (word: string) => `/api/feedback/reply/${word}`,
  (word: string) => `/api/push/switch/${word}`,
  (word: string) => `/app-support/api/${word}`,
  (word: string) => `/${word}`,
];
const urls = 10_000;

describe('ten thousand different URLs', () => {
  it('leave fewer than 500 series in every process', async () => {
    const client = new Pool(cluster.url, { connections: 20 });
    afterAll(() => client.close());
    const methods = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;
    let asked = 0;
    const askOn = async () => {
      while (asked < urls) {
        const index = (asked += 1);
        const path = paths[index % paths.length]?.(`x${index.toString(36)}`) ?? '/';
        const method = methods[Math.floor(index / paths.length) % methods.length] ?? 'GET';
        const answer = await client.request({ method, path });
        await answer.body.dump();
      }
    };
    await Promise.all(Array.from({ length: 20 }, askOn));

    for (const { instance } of cluster.members) {
      const { body } = await call<string>(`${instance.operationsUrl}/metrics`);
      const series = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      expect(series.length, instance.name).toBeGreaterThan(20);
      expect(series.length, instance.name).toBeLessThan(500);
    }
  });
});
