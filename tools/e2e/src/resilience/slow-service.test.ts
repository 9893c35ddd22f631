import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Pool } from 'undici';
import { startCluster, type Cluster } from './cluster.ts';

/** It answers after 20 s, which is longer than this test lasts. */
const slowMs = 20_000;
const inFlightLimit = 40;
const connectionLimit = 30;

const sockets = new Set<Socket>();
let answered = 0;
/** Stands where sms-phone would. */
const slow = createServer((_request, response) => {
  setTimeout(() => {
    answered += 1;
    response.end('{}');
  }, slowMs).unref();
});
slow.on('connection', (socket) => {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
});

const stores = testStores();
let cluster: Cluster;
let clients: Pool;
beforeAll(async () => {
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  cluster = await startCluster({
    stores,
    name: stores.database,
    environment: {
      SMS_PHONE_INSTANCES: '0',
      NOTIFIER_INSTANCES: '0',
      SMS_PHONE_URL: `http://127.0.0.1:${(slow.address() as AddressInfo).port}`,
      MAX_IN_FLIGHT: String(inFlightLimit),
      MAX_CONNECTIONS: String(connectionLimit),
    },
  });
  clients = new Pool(cluster.url, { connections: 10 });
});
afterAll(async () => {
  await clients.close();
  // Who still waits is not waited for.
  slow.closeAllConnections();
  await new Promise((resolve) => slow.close(resolve));
  await cluster.close();
});

/** A request to each of the three others, and what it is answered. */
const quick = [
  { path: '/s/v1/studio/acquire?platform=forum', status: 200 },
  { path: '/api/tickets', status: 401 },
  { path: '/api/faq', status: 200 },
] as const;

/** Asks the three others in turn, ten at a time; answers what went wrong, and the time that one in a hundred exceeds. */
async function askOthers(count: number) {
  const wrong: string[] = [];
  const times: number[] = [];
  let asked = 0;
  const askOn = async () => {
    while (asked < count) {
      const { path, status } = quick[(asked += 1) % quick.length] ?? quick[0];
      const begun = performance.now();
      const answer = await clients.request({ method: 'GET', path });
      await answer.body.dump();
      if (answer.statusCode !== status) wrong.push(`${path}: ${answer.statusCode}`);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: 10 }, askOn));
  return { wrong, p99: times.toSorted((a, b) => a - b)[Math.floor(count * 0.99)] ?? 0 };
}

const gauge = async (name: string) => {
  const { body } = await call<string>(`${cluster.of('gateway')[0]?.instance.operationsUrl}/metrics`);
  const line = body.split('\n').find((text) => text.startsWith(`${name}{service="sms-phone"`));
  return Number(line?.split(' ').at(-1));
};

it(
  'one slow service leaves the others as they are, and holds only so many sockets',
  { timeout: 180_000 },
  async () => {
    await askOthers(300);
    const before = await askOthers(900);
    expect(before.wrong).toEqual([]);

    const refused: number[] = [];
    for (let count = 0; count < 100; count += 1)
      void call(`${cluster.url}/api/balance?token=x`).then(({ status }) => refused.push(status));
    await expect.poll(() => refused.length).toBeGreaterThanOrEqual(100 - inFlightLimit);
    const meanwhile = await askOthers(900);

    // All of them were answered while none of the slow ones was.
    expect(meanwhile.wrong).toEqual([]);
    expect(answered).toBe(0);
    expect(new Set(refused)).toEqual(new Set([503]));
    expect(await gauge('gateway_upstream_in_flight')).toBe(100 - refused.length);
    expect(sockets.size).toBe(connectionLimit);
    // A wide margin, because other things go on on this machine; to be touched would mean 20 s.
    expect(meanwhile.p99).toBeLessThan(3 * before.p99 + 1000);
  },
);
