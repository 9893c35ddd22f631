import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBalancer, type Balancer } from './balancer.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { settle, type Residents } from './residents.ts';
import { startTraffic } from './traffic.ts';

const stores = testStores();
let cluster: Cluster;
let residents: Residents;
let balancer: Balancer;
beforeAll(async () => {
  cluster = await startCluster({
    stores,
    name: stores.database,
    gateways: 2,
    environment: {
      ACCOUNT_POOL_INSTANCES: '2',
      SMS_PHONE_INSTANCES: '2',
      CUSTOMER_SERVICE_INSTANCES: '2',
      APP_SUPPORT_INSTANCES: '2',
    },
  });
  residents = await settle(cluster);
  const row = (index: number) => ({ platform: 'forum', customId: `c${index}`, data: '{}' });
  await call(`${cluster.url}/s/v1/studio/upload`, {
    body: Array.from({ length: 5000 }, (_, index) => row(index)),
  });
  balancer = startBalancer(cluster.of('gateway').map(({ instance }) => instance.url));
  await vi.waitUntil(() => balancer.ready() === 2, { timeout: 120_000 });
});
afterAll(async () => {
  await balancer.close();
  await cluster.close();
});

/** How many of everything there is that the traffic makes. */
async function counts() {
  const { operator, visitor, caller } = residents;
  const { url } = cluster;
  const leased = { filters: { status: ['locked'] }, pagination: { pageSize: 1 } };
  const accounts = await call<{ data: { pagination: { total: number } } }>(`${url}/web/v1/accounts/list`, {
    body: leased,
  });
  const balance = await call<{ balance: number }>(`${url}/api/balance?token=${caller.token}`);
  const tickets = await call<{ total: number }>(`${url}/api/tickets`, {
    headers: { Authorization: operator },
  });
  const feedback = await call<{ data: { total: number } }>(`${url}/api/feedback`, {
    headers: { Authorization: visitor },
  });
  return {
    acquire: accounts.body.data.pagination.total,
    recharge: balance.body.balance,
    ticket: tickets.body.total,
    feedback: feedback.body.data.total,
  };
}

describe('restarts one by one, under 200 requests a second', () => {
  /** Sent between two restarts, so that every process has its part of them. */
  const between = 100;

  it(
    'lose no request and repeat no write, and every process leaves in order',
    { timeout: 1_800_000 },
    async () => {
      expect(cluster.members.length).toBeGreaterThanOrEqual(10);
      const before = await counts();
      const traffic = startTraffic(residents, balancer);
      try {
        for (const member of cluster.members) {
          const sent = traffic.sent();
          await expect.poll(() => traffic.sent() - sent).toBeGreaterThan(between);
          const exitCode = await member.stop();
          expect(traffic.failures, `while ${member.instance.name} left`).toEqual([]);
          expect(exitCode, member.instance.name).toBe(0);
          await member.start();
          expect(traffic.failures, `while ${member.instance.name} came`).toEqual([]);
        }
        // Not only those whom an instance that left has sent home early.
        await expect.poll(() => traffic.long()).toBeGreaterThanOrEqual(3);
      } finally {
        await traffic.stop();
      }
      expect(traffic.failures).toEqual([]);
      const after = await counts();
      for (const name of ['acquire', 'recharge', 'ticket', 'feedback'] as const)
        expect(after[name] - before[name], name).toBe(traffic.good.get(name));
    },
  );
});
