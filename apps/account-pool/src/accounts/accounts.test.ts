import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf, startPool, type Envelope, type Listed, type Pool } from '../testing/support.ts';
import { csvValue } from './accounts.export.ts';

const stores = testStores();
let pool: Pool;
let owner = '';
let owners = 0;
beforeAll(async () => (pool = await startPool(stores)));
beforeEach(() => (owner = `owner${(owners += 1)}`));
afterAll(() => pool.close());

const web = <Data = unknown>(path: string, body: unknown) =>
  pool.ask<Data>('POST', `/web/v1/accounts/${path}`, body);
const idsOf = (accounts: Listed[]) => accounts.map(({ id }) => id);
/** Makes accounts and answers them in the order of their ids. */
async function make(count: number, platform?: string): Promise<Listed[]> {
  await pool.upload(rowsOf(count, platform), owner);
  return pool.list({ ownerId: owner });
}
const mine = () => pool.list({ ownerId: owner });

interface Page {
  list: Listed[];
  pagination: { page: number; pageSize: number; total: number; totalPages: number };
}

describe('listing', () => {
  it('pages through the accounts, newest first', async () => {
    const accounts = await make(25);
    const page = async (number: number) =>
      (await web<Page>('list', { filters: { ownerId: owner }, pagination: { page: number, pageSize: 10 } }))
        .data;
    const pages = [await page(1), await page(2), await page(3), await page(4)];
    expect(pages.map(({ list }) => list.length)).toEqual([10, 10, 5, 0]);
    expect(pages[0]?.pagination).toEqual({ page: 1, pageSize: 10, total: 25, totalPages: 3 });
    expect(pages.flatMap(({ list }) => idsOf(list))).toEqual(idsOf(accounts).reverse());
  });

  it('needs nothing to be said', async () => {
    await make(12);
    for (const body of [{}, undefined, { filters: {}, pagination: {}, sort: {} }, { filters: null }]) {
      const { data } = await web<Page>('list', body);
      expect(data.list).toHaveLength(10);
      expect(data.pagination).toMatchObject({ page: 1, pageSize: 10 });
    }
  });

  it('filters by platform, status, owner and text', async () => {
    await make(3, 'p1');
    await make(3, 'p2');
    const [a, b] = await mine();
    await web('update-batch', { ids: [a?.id], payload: { status: 'used', notes: 'Special (100%) .*' } });
    await web('update-batch', { ids: [b?.id], payload: { status: 'broken' } });
    const total = async (filters: object) => {
      const { data } = await web<Page>('list', { filters: { ownerId: owner, ...filters } });
      expect(data.list).toHaveLength(data.pagination.total);
      return data.pagination.total;
    };
    expect(await total({ platform: 'p2' })).toBe(3);
    expect(await total({ status: ['used', 'broken'] })).toBe(2);
    expect(await total({ platform: 'p1', status: ['available'] })).toBe(1);
    expect(await total({ status: [], search: '', platform: '' })).toBe(6);
    expect(await total({ search: 'C1' })).toBe(2);
    expect(await total({ search: 'special (100%)' })).toBe(1);
    expect(await total({ search: '.*' })).toBe(1);
    expect(await total({ search: 'nothing' })).toBe(0);
  });

  it.each([
    'id',
    'ownerId',
    'platform',
    'customId',
    'data',
    'status',
    'notes',
    'lockedAt',
    'createdAt',
    'updatedAt',
  ] as const)('sorts by %s', async (field) => {
    const accounts = await make(5);
    await web('update-batch', { ids: [accounts[2]?.id], payload: { status: 'zzz', notes: 'n' } });
    const sorted = async (order: string) => {
      const all = await pool.list({ ownerId: owner }, { sort: { field, order } });
      return all.map((account) => account[field]);
    };
    const up = await sorted('asc');
    expect(up).toHaveLength(5);
    expect(await sorted('desc')).toEqual([...up].reverse());
    const rank = (value: string | number | null) => value ?? '';
    expect(up).toEqual([...up].sort((x, y) => (rank(x) < rank(y) ? -1 : rank(x) > rank(y) ? 1 : 0)));
  });

  it.each([
    [{ sort: { field: 'password', order: 'asc' } }, 'sort.field'],
    [{ sort: { field: '$where', order: 'asc' } }, 'sort.field'],
    [{ sort: { field: 'id', order: 'up' } }, 'sort.order'],
    [{ pagination: { page: 0, pageSize: 10 } }, 'pagination.page'],
    [{ pagination: { page: 1, pageSize: 1001 } }, 'pagination.pageSize'],
    [{ pagination: { page: '1' } }, 'pagination.page'],
    [{ filters: { platform: { $ne: null } } }, 'filters.platform'],
    [{ filters: { status: 'used' } }, 'filters.status'],
    [{ filters: { status: [{ $gt: '' }] } }, 'filters.status[0]'],
    [{ filters: { search: { $regex: '.*' } } }, 'filters.search'],
  ])('%j is refused', async (body, field) => {
    const answer = await web('list', body);
    expect(answer).toMatchObject({ code: 2001, data: null });
    expect(answer.message.startsWith(`${field}: `), answer.message).toBe(true);
  });
});

describe('deleting', () => {
  it('takes away those that exist, and counts them', async () => {
    const [a, b, c] = await make(3);
    expect(await web('delete-batch', { ids: [a?.id, b?.id, b?.id, 999_999_999] })).toEqual({
      code: 0,
      message: 'Successfully deleted 2 accounts.',
      data: { deletedCount: 2 },
    });
    expect(idsOf(await mine())).toEqual([c?.id]);
    expect(await web('delete-batch', { ids: [a?.id] })).toMatchObject({ code: 0, data: { deletedCount: 0 } });
    expect(await pool.ask('GET', `/s/v1/${owner}/update/${a?.id}/used`)).toMatchObject({ code: 4001 });
  });

  it('frees the custom id', async () => {
    const [a] = await make(1);
    await web('delete-batch', { ids: [a?.id] });
    const [again] = await make(1);
    expect(again?.id).toBeGreaterThan(a?.id ?? 0);
    // Nothing is left of it but its history.
    await expect.poll(() => pool.database.collection('accounts').countDocuments({ deleted: true })).toBe(0);
  });
});

describe('updating many', () => {
  it('sets status, owner and notes, and ends leases', async () => {
    const [a, b] = await make(2);
    const { data: leases } = await pool.acquire('platform=example', owner);
    expect(leases).toHaveLength(1);
    const payload = { status: 'available', ownerId: `${owner}-new`, notes: '批量更新备注' };
    expect(await web('update-batch', { ids: [a?.id, b?.id, 999_999_999], payload })).toEqual({
      code: 0,
      message: 'Successfully updated 2 accounts.',
      data: { updatedCount: 2 },
    });
    const moved = await pool.list({ ownerId: `${owner}-new` });
    const expected = { status: 'available', notes: '批量更新备注', lockedAt: null };
    expect(moved).toMatchObject([expected, expected]);
    expect(await mine()).toEqual([]);
    const stale = { leaseToken: leases?.[0]?.leaseToken };
    const late = await pool.ask('POST', `/s/v1/${owner}-new/renew/${leases?.[0]?.id}`, stale);
    expect(late).toMatchObject({ code: 3001 });
    await web('update-batch', { ids: idsOf(moved), payload: { notes: null } });
    expect(await pool.list({ ownerId: `${owner}-new` })).toMatchObject([{ notes: null }, { notes: null }]);
  });

  it('to an owner who has such an account writes nothing', async () => {
    const accounts = await make(3);
    await pool.upload(rowsOf(1, 'example', 2), `${owner}-b`);
    const payload = { ownerId: `${owner}-b`, status: 'used' };
    expect(await web('update-batch', { ids: idsOf(accounts), payload })).toMatchObject({
      code: 3001,
      data: null,
    });
    expect(await mine()).toEqual(accounts);
  });

  it('of two accounts that would become one writes nothing', async () => {
    const [mineFirst] = await make(1);
    await pool.upload(rowsOf(1), `${owner}-b`);
    const [theirs] = await pool.list({ ownerId: `${owner}-b` });
    const payload = { ownerId: `${owner}-c` };
    expect(await web('update-batch', { ids: [mineFirst?.id, theirs?.id], payload })).toMatchObject({
      code: 3001,
    });
    expect(await pool.list({ ownerId: `${owner}-c` })).toEqual([]);
  });

  it('to the owner they have is no collision', async () => {
    const accounts = await make(2);
    const payload = { ownerId: owner, status: 'used' };
    expect(await web('update-batch', { ids: idsOf(accounts), payload })).toMatchObject({
      data: { updatedCount: 2 },
    });
  });

  it.each([
    [{ ids: [], payload: { status: 'x' } }, 'ids'],
    [{ ids: [1] }, 'payload'],
    [{ ids: [1], payload: {} }, 'payload'],
    [{ ids: [1], payload: { data: 'x' } }, 'payload'],
    [{ ids: ['1'], payload: { status: 'x' } }, 'ids[0]'],
    [{ ids: [1.5], payload: { status: 'x' } }, 'ids[0]'],
    [{ ids: [{ $gt: 0 }], payload: { status: 'x' } }, 'ids[0]'],
    [{ ids: [1], payload: { status: 'a b' } }, 'payload.status'],
    [{ ids: [1], payload: { ownerId: '' } }, 'payload.ownerId'],
    [{ ids: [1], payload: { notes: 'x'.repeat(501) } }, 'payload.notes'],
  ])('%j is refused', async (body, field) => {
    const answer = await web('update-batch', body);
    expect(answer).toMatchObject({ code: 2001, data: null });
    expect(answer.message.startsWith(`${field}: `), answer.message).toBe(true);
  });
});

describe('exporting', () => {
  interface Exported<Data> {
    exportedCount: number;
    data: Data;
  }

  it('as text gives a line of data per account, in the order of the ids', async () => {
    const rows = ['{"n":1}', 'two\r\nlines\n', 'three'].map((data, n) => ({
      platform: 'p',
      customId: `t${n}`,
      data,
    }));
    await pool.upload(rows, owner);
    const ids = idsOf(await mine()).reverse();
    expect(await web('export', { ids: [...ids, 999_999_999], mode: 'text' })).toEqual({
      code: 0,
      message: 'Successfully exported 3 accounts.',
      data: { exportedCount: 3, data: 'three\ntwo lines \n{"n":1}' },
    });
    expect((await mine()).map(({ status }) => status)).toEqual(['exported', 'exported', 'exported']);
  });

  it('as objects gives them as they are now, and ends leases', async () => {
    await make(2);
    const { data: leases } = await pool.acquire('platform=example', owner);
    const ids = idsOf(await mine());
    const { data } = await web<Exported<Listed[]>>('export', { ids, mode: 'object' });
    expect(data).toEqual({ exportedCount: 2, data: await mine() });
    expect(data.data[0]).toMatchObject({ status: 'exported', lockedAt: null, notes: null });
    const stale = { leaseToken: leases?.[0]?.leaseToken };
    expect(await pool.ask('POST', `/s/v1/${owner}/release/${leases?.[0]?.id}`, stale)).toMatchObject({
      code: 3001,
    });
  });

  it('as CSV gives no spreadsheet a formula', async () => {
    const data = '=HYPERLINK("http://evil")';
    await pool.upload([{ platform: 'p', customId: '+1', data }], owner);
    const answer = await web<Exported<string>>('export', { ids: idsOf(await mine()), mode: 'csv' });
    const [head, line] = answer.data.data.split('\r\n');
    expect(head).toBe('id,ownerId,platform,customId,data,status,notes,createdAt,updatedAt');
    expect(line).toContain(`,p,"'+1","'=HYPERLINK(""http://evil"")",exported,,`);
  });

  it('of many streams', async () => {
    const accounts = await make(1500);
    const { data } = await web<Exported<Listed[]>>('export', { ids: idsOf(accounts), mode: 'object' });
    expect(idsOf(data.data)).toEqual(idsOf(accounts));
  });

  it('of none is nothing', async () => {
    expect(await web('export', { ids: [999_999_999], mode: 'text' })).toMatchObject({
      code: 1001,
      data: null,
    });
    expect(await web('export', { ids: [1], mode: 'xml' })).toMatchObject({ code: 2001 });
    expect(await web('export', { ids: [], mode: 'text' })).toMatchObject({ code: 2001 });
  });

  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['-1', `"'-1"`],
    ['@x', `"'@x"`],
    [7, '7'],
    [null, ''],
  ])('%j is %s in CSV', (value, text) => expect(csvValue(value)).toBe(text));
});

describe('whatever is wrong', () => {
  it.each([
    ['malformed JSON', '/web/v1/accounts/list', '{"filters":', 400],
    [
      'a body nested 2,000 levels deep',
      '/web/v1/accounts/list',
      `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
      200,
    ],
    ['an unknown path', '/web/v1/nowhere', '{}', 404],
    ['too large a body', '/web/v1/accounts/list', `"${'x'.repeat(200_000)}"`, 413],
    ['a path that does not decode', '/s/v1/%E0%A4%A/upload', '[]', 400],
  ])('%s is answered in the envelope', async (_name, path, body, status) => {
    const answer = await call<Envelope>(pool.url + path, { body });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ message: expect.stringMatching(/\S/) as string, data: null });
    expect([1001, 2001]).toContain(answer.body.code);
  });

  it('carries a status where that is wanted', async () => {
    const mirror = await pool.another({ HTTP_STATUS_MODE: 'mirror' });
    const answer = await call<Envelope>(`${mirror.url}/s/v1/${owner}/acquire?platform=none`);
    expect(answer).toMatchObject({ status: 404, body: { code: 1001 } });
  });
});
