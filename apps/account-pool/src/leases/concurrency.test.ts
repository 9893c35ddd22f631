import { setTimeout as delay } from 'node:timers/promises';
import { call, startApp, testStores, type AppProcess } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  environmentOf,
  rowsOf,
  startPool,
  type Acquired,
  type Envelope,
  type Pool,
} from '../testing/support.ts';

/* Several instances, each a process of its own, on the same accounts. */
const stores = testStores();
const environment = { ...environmentOf(stores), LEASE_SECONDS_BY_PLATFORM: 'crash=5', LEASE_SWEEP_MS: '200' };
let pool: Pool;
let instances: AppProcess[];
beforeAll(async () => {
  pool = await startPool(stores);
  instances = await Promise.all([
    startApp('account-pool', environment),
    startApp('account-pool', environment),
  ]);
});
afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.stop()));
  await pool.close();
});

const urlOf = (n: number) => instances[n % instances.length]?.url ?? '';
const acquire = async (n: number, owner: string, query: string) =>
  (await call<Envelope<Acquired[] | null>>(`${urlOf(n)}/s/v1/${owner}/acquire?${query}`)).body;

describe('two instances', () => {
  it('share 50 accounts among 200 who want one', async () => {
    await pool.upload(rowsOf(50), 'fifty');
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => acquire(n, 'fifty', 'platform=example')),
    );
    const ids = answers.flatMap(({ data }) => data ?? []).map(({ id }) => id);
    expect(ids).toHaveLength(50);
    expect(new Set(ids).size).toBe(50);
    expect(answers.filter(({ code }) => code === 1001)).toHaveLength(150);
  });

  it('share 1,000 accounts among 20 who want 100', async () => {
    await pool.upload(rowsOf(1000), 'thousand');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => acquire(n, 'thousand', 'platform=example&count=100')),
    );
    const ids = answers.flatMap(({ data }) => data ?? []).map(({ id }) => id);
    expect(ids).toHaveLength(1000);
    expect(new Set(ids).size).toBe(1000);
  });
});

describe('an instance that is killed again and again', () => {
  const accounts = 40;
  const clients = 20;
  const kills = 5;

  interface Held extends Acquired {
    from: number;
    until: number;
  }

  it('shares no account, loses no lease and leaves none behind', async () => {
    await pool.upload(rowsOf(accounts, 'crash'), 'crash');
    const held: Held[] = [];
    let working = true;

    /** Asks, with one key, until there is an answer, as a client does whose connection broke. */
    async function persist(path: string, method: string, key: string, n: number) {
      for (;;) {
        try {
          const answer = await call<Envelope<Acquired[] | null>>(urlOf(n) + path, {
            method,
            headers: { 'Idempotency-Key': key },
          });
          if (answer.status < 500) return answer.body;
        } catch {
          // The instance was killed.
        }
        await delay(20);
      }
    }

    const client = async (n: number) => {
      for (let round = 0; working; round += 1) {
        const path = '/s/v1/crash/acquire?platform=crash&count=2';
        const from = Date.now();
        const { data } = await persist(path, 'GET', `client-${n}-${round}`, n);
        for (const account of data ?? []) {
          const lease: Held = { ...account, from: Date.now(), until: Date.parse(account.expiresAt ?? '') };
          held.push(lease);
          // An answer that comes again after its lease is over is no lease any more.
          if (lease.until <= Date.now()) continue;
          const released = `/s/v1/crash/release/${account.id}?leaseToken=${account.leaseToken}`;
          const asked = Date.now();
          const { code } = await persist(released, 'POST', 'release', n);
          // 3001: the answer to an earlier try was lost, or the lease ran out.
          expect([0, 3001]).toContain(code);
          lease.until = Math.min(lease.until, asked);
        }
        if (Date.now() - from < 5) await delay(5);
      }
    };

    const clientsDone = Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
    for (let kill = 0; kill < kills; kill += 1) {
      const before = held.length;
      await expect.poll(() => held.length).toBeGreaterThan(before + 50);
      const victim = kill % instances.length;
      await instances[victim]?.kill();
      instances[victim] = await startApp('account-pool', environment);
    }
    working = false;
    await clientsDone;

    const byGrant = new Map<string, Held>();
    for (const lease of held) {
      const grant = `${lease.id}:${lease.leaseToken}`;
      expect(byGrant.has(grant), `${grant} was granted twice`).toBe(false);
      byGrant.set(grant, lease);
    }
    for (const id of new Set(held.map((lease) => lease.id))) {
      const ofAccount = held.filter((lease) => lease.id === id).sort((a, b) => a.leaseToken - b.leaseToken);
      for (const [index, lease] of ofAccount.entries()) {
        const next = ofAccount[index + 1];
        if (next) expect(next.from, `${id} was held twice`).toBeGreaterThanOrEqual(lease.until);
      }
    }
    // None is stuck, and the counts are what there is.
    await expect
      .poll(async () => (await pool.list({ ownerId: 'crash', status: ['available'] })).length)
      .toBe(accounts);
    const { data } = await pool.ask<{ detailedBreakdown: object[] }>('GET', '/web/v1/stats/overview');
    expect(data.detailedBreakdown).toContainEqual({
      platform: 'crash',
      ownerId: 'crash',
      status: 'available',
      count: accounts,
    });
    expect(held.length).toBeGreaterThan(kills * 50);
  });
});
