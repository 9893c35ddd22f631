import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Pool } from 'undici';
import { startCluster, type Cluster } from './cluster.ts';

const inFlightLimit = 40;
const connectionLimit = 30;

const sockets = new Set<Socket>();
/** Stands where sms-phone would, and answers nothing while this test lasts. */
const slow = createServer(() => undefined);
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
      RESPONSE_TIMEOUT_MS: '600000',
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

/** Asks the three others in turn, ten at a time; answers what went wrong. */
async function askOthers(count: number): Promise<string[]> {
  const wrong: string[] = [];
  let asked = 0;
  const askOn = async () => {
    while (asked < count) {
      const { path, status } = quick[(asked += 1) % quick.length] ?? quick[0];
      const answer = await clients.request({ method: 'GET', path });
      await answer.body.dump();
      if (answer.statusCode !== status) wrong.push(`${path}: ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: 10 }, askOn));
  return wrong;
}

const gauge = async (name: string) => {
  const { body } = await call<string>(`${cluster.of('gateway')[0]?.instance.operationsUrl}/metrics`);
  const line = body.split('\n').find((text) => text.startsWith(`${name}{service="sms-phone"`));
  return Number(line?.split(' ').at(-1));
};

it(
  'one slow service leaves the others as they are, and holds only so many sockets',
  { timeout: 1_800_000 },
  async () => {
    expect(await askOthers(300)).toEqual([]);

    const refused: number[] = [];
    for (let count = 0; count < 100; count += 1)
      void call(`${cluster.url}/api/balance?token=x`).then(
        ({ status }) => refused.push(status),
        () => undefined,
      );
    await expect.poll(() => refused.length).toBeGreaterThanOrEqual(100 - inFlightLimit);
    await expect.poll(async () => (await gauge('gateway_upstream_in_flight')) + refused.length).toBe(100);
    // All of these are answered while none of the slow ones is.
    expect(await askOthers(900)).toEqual([]);
    expect(new Set(refused)).toEqual(new Set([503]));
    expect(await gauge('gateway_upstream_in_flight')).toBe(100 - refused.length);
    expect(sockets.size).toBe(connectionLimit);
  },
);
