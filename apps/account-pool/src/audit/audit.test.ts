import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountEvent, Action } from '../accounts/events.ts';
import { deltasOf } from '../stats/deltas.ts';
import { rowsOf, startPool, type Pool } from '../testing/support.ts';

const stores = testStores();
let pool: Pool;
beforeAll(async () => {
  pool = await startPool(stores, { LEASE_SECONDS_BY_PLATFORM: 'short=1', LEASE_SWEEP_MS: '50' });
  await pool.redis();
});
afterAll(() => pool.close());

interface Line {
  accountId: number;
  action: string;
  from: { ownerId: string; status: string } | null;
  to: { ownerId: string; status: string } | null;
  by: string;
  ip: string | null;
  requestId: string | null;
  leaseToken: number | null;
  at: string;
}
interface Lines {
  list: Line[];
  pagination: { total: number };
}
const history = async (query: string) => (await pool.operate<Lines>('GET', `/audit?${query}`)).data;

/** What the statistics must say, counted the slow way. */
async function counted(): Promise<Record<string, number>> {
  const rows = await pool.database
    .collection('accounts')
    .aggregate<{ _id: string; n: number }>([
      { $match: { deleted: { $exists: false } } },
      { $group: { _id: '$status', n: { $sum: 1 } } },
    ])
    .toArray();
  return Object.fromEntries(rows.map(({ _id, n }) => [_id, n]));
}

describe('the audit trail', () => {
  it('tells all that was done to an account, newest first', async () => {
    await pool.upload(rowsOf(1, 'short'), 'trail');
    const headers = { 'X-Request-Id': 'request-0001' };
    const { data: leases } = await pool.acquire('platform=short', 'trail', headers);
    const id = leases?.[0]?.id ?? 0;
    await expect.poll(async () => (await pool.list({ ownerId: 'trail' }))[0]?.status).toBe('available');
    await pool.ask('GET', `/s/v1/trail/update/${id}/used`);
    await pool.ask('POST', '/web/v1/accounts/export', { ids: [id], mode: 'text' });
    await pool.ask('POST', '/web/v1/accounts/update-batch', { ids: [id], payload: { ownerId: 'heir' } });
    await pool.ask('POST', '/web/v1/accounts/delete-batch', { ids: [id] });

    const { list, pagination } = await history(`accountId=${id}&pageSize=100`);
    expect(list.map(({ action }) => action).reverse()).toEqual([
      'upload',
      'acquire',
      'expire',
      'update',
      'export',
      'update',
      'delete',
    ]);
    expect(pagination.total).toBe(7);
    const acquire = list.find(({ action }) => action === 'acquire');
    expect(acquire).toMatchObject({
      from: { ownerId: 'trail', status: 'available' },
      to: { ownerId: 'trail', status: 'locked' },
      by: 'anonymous',
      ip: '127.0.0.1',
      requestId: 'request-0001',
      leaseToken: 1,
    });
    expect(list.find(({ action }) => action === 'expire')).toMatchObject({ by: 'system', ip: null });
    expect(list[0]).toMatchObject({ from: { ownerId: 'heir', status: 'exported' }, to: null });
    expect((await history('ownerId=heir')).list.map(({ action }) => action)).toEqual(['delete']);
  });

  it.each(['accountId=x', 'page=0', 'pageSize=1001', 'accountId[$gt]=0&page=a'])(
    '%s is refused',
    async (query) => {
      expect(await pool.operate('GET', `/audit?${query}`)).toMatchObject({ code: 2001, data: null });
    },
  );
});

describe('the statistics', () => {
  it('say what there is, at once', async () => {
    await pool.upload(rowsOf(3, 'p1'), 's1');
    await pool.upload(rowsOf(2, 'p2'), 's2');
    await pool.acquire('platform=p1', 's1');
    const { data } = await pool.ask<Record<string, Record<string, number>>>('GET', '/web/v1/stats/overview');
    expect(data['platformSummary']).toMatchObject({ p1: 3, p2: 2 });
    expect(data['ownerSummary']).toMatchObject({ s1: 3, s2: 2 });
    expect(data['statusSummary']).toEqual(await counted());
    const rows = (data['detailedBreakdown'] as unknown as { ownerId: string }[]).filter(
      ({ ownerId }) => ownerId === 's1',
    );
    expect(rows).toEqual([
      { platform: 'p1', ownerId: 's1', status: 'available', count: 2 },
      { platform: 'p1', ownerId: 's1', status: 'locked', count: 1 },
    ]);
  });

  it('are right whatever several instances do at once', async () => {
    const other = await pool.another();
    await pool.upload(rowsOf(400), 'busy');
    const ids = (await pool.list({ ownerId: 'busy' })).map(({ id }) => id);
    const part = (n: number) => ids.slice(n * 100, n * 100 + 100);
    const batch = (path: string, body: object) => pool.ask('POST', `/web/v1/accounts/${path}`, body);
    await Promise.all([
      ...Array.from({ length: 20 }, () => pool.acquire('platform=example&count=5', 'busy')),
      batch('update-batch', { ids: part(0), payload: { status: 'used' } }),
      batch('export', { ids: part(1), mode: 'text' }),
      batch('delete-batch', { ids: part(2) }),
      ...Array.from({ length: 10 }, () => other.relay.settle()),
      ...Array.from({ length: 10 }, () => pool.stats()),
    ]);
    const { statusSummary, totalAccounts } = await pool.stats();
    expect(statusSummary).toEqual(await counted());
    expect(totalAccounts).toBe(Object.values(statusSummary).reduce((sum, n) => sum + n, 0));
  });

  it('lose no change of an operation that reached an account only after it was read', async () => {
    await pool.upload(rowsOf(2), 'late');
    await pool.stats();
    const [one, two] = (await pool.list({ ownerId: 'late' })).map(({ id }) => id);
    const at = new Date();
    const event = (operation: string, action: Action, to: string): AccountEvent => ({
      operation,
      action,
      at,
      platform: 'example',
      from: { ownerId: 'late', status: 'available' },
      to: { ownerId: 'late', status: to },
      by: 'anonymous',
    });
    const note = event('late-1', 'update', 'available');
    const lease = event('late-2', 'acquire', 'locked');
    // Both were leased by one operation. A relay had read the one before, and the other after that.
    const leased = { status: 'locked', lastOperation: lease.operation, pendingSince: at };
    const accounts = pool.database.collection('accounts');
    await accounts.updateOne({ _id: one as never }, { $set: { ...leased, events: [note, lease] } });
    await accounts.updateOne({ _id: two as never }, { $set: { ...leased, events: [lease] } });
    const current = {
      accounts: [
        { operation: note.operation, operations: [note.operation], ids: [one] },
        { operation: lease.operation, operations: [lease.operation], ids: [two] },
      ],
      deleted: [],
      deltas: deltasOf([note, lease]),
    };
    await pool.database
      .collection('batches')
      .updateOne({ _id: 'counts' as never }, { $inc: { number: 1 }, $set: { current } });
    expect((await pool.stats()).statusSummary).toEqual(await counted());
    expect((await history(`accountId=${one}`)).list.map(({ action }) => action)).toContain('acquire');
    expect(await accounts.countDocuments({ ownerId: 'late', events: { $exists: true } })).toBe(0);
  });

  it('finish what a relay that was killed had begun', async () => {
    const before = await pool.stats();
    const batches = pool.database.collection('batches');
    const { number } = (await batches.findOne({ _id: 'counts' as never })) as unknown as { number: number };
    // As a crash leaves it: the batch is current, and not in the counts.
    const delta = { _id: '["dead","p","x"]', ownerId: 'dead', platform: 'p', status: 'x', count: 3 };
    const current = { accounts: [], deleted: [], deltas: [delta] };
    await batches.updateOne({ _id: 'counts' as never }, { $set: { number: number + 1, current } });
    expect((await pool.stats()).totalAccounts).toBe(before.totalAccounts + 3);
    expect((await pool.stats()).totalAccounts).toBe(before.totalAccounts + 3);
    // Once more, as a slow instance would: it changes nothing.
    await batches.updateOne({ _id: 'counts' as never }, { $set: { current } });
    expect((await pool.stats()).totalAccounts).toBe(before.totalAccounts + 3);
  });
});
