import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf, startPool, type Envelope, type Pool } from '../testing/support.ts';

const stores = testStores();
let pool: Pool;
let owner = '';
let owners = 0;
beforeAll(async () => (pool = await startPool(stores)));
beforeEach(() => (owner = `owner${(owners += 1)}`));
afterAll(() => pool.close());

const upload = (rows: unknown) => pool.upload(rows, owner);
const list = () => pool.list({ ownerId: owner });

describe('an upload', () => {
  it('makes accounts and replaces the data of known ones', async () => {
    expect(await upload(rowsOf(2))).toEqual({
      code: 0,
      message: 'Successfully processed 2 accounts (2 created, 0 updated).',
      data: { processedCount: 2, createdCount: 2, updatedCount: 0, skipped: [] },
    });
    const before = await list();
    const again = await upload([{ platform: 'example', customId: 'c2', data: 'new' }, ...rowsOf(1, 'other')]);
    expect(again).toMatchObject({ message: 'Successfully processed 2 accounts (1 created, 1 updated).' });
    const after = await list();
    expect(after).toMatchObject([
      { customId: 'c1', data: '{"username":"c1"}', status: 'available', notes: null, lockedAt: null },
      { id: before[1]?.id, customId: 'c2', data: 'new', createdAt: before[1]?.createdAt },
      { platform: 'other', customId: 'c1' },
    ]);
  });

  it('takes the last of several rows with one key', async () => {
    const rows = ['a', 'b', 'c'].map((data) => ({ platform: 'p', customId: 'same', data }));
    const { data } = await upload(rows);
    expect(data).toMatchObject({ processedCount: 3, createdCount: 1, updatedCount: 2 });
    expect(await list()).toMatchObject([{ data: 'c' }]);
  });

  it('sets a status where it names one, and keeps it where not', async () => {
    await upload([{ platform: 'p', customId: 'x', data: '1', status: 'used' }]);
    await upload([{ platform: 'p', customId: 'x', data: '2' }]);
    expect(await list()).toMatchObject([{ data: '2', status: 'used' }]);
    await upload([{ platform: 'p', customId: 'x', data: '3', status: 'available' }]);
    expect(await list()).toMatchObject([{ data: '3', status: 'available' }]);
    expect(await pool.acquire('platform=p', owner)).toMatchObject({ code: 0 });
  });

  it('leaves the lock of a leased account alone, and says so', async () => {
    await upload(rowsOf(1));
    const { data: leases } = await pool.acquire('platform=example', owner);
    const id = leases?.[0]?.id;
    const answer = await upload([{ platform: 'example', customId: 'c1', data: 'new', status: 'available' }]);
    expect(answer.data).toEqual({
      processedCount: 1,
      createdCount: 0,
      updatedCount: 1,
      skipped: [{ id, platform: 'example', customId: 'c1', status: 'available', reason: 'leased' }],
    });
    expect(await list()).toMatchObject([{ id, data: 'new', status: 'locked' }]);
  });

  it('keeps owners apart', async () => {
    await upload(rowsOf(1));
    expect(await pool.upload(rowsOf(1), `${owner}-b`)).toMatchObject({ data: { createdCount: 1 } });
  });

  const good = rowsOf(3);
  const bad = (row: object) => [...good, { platform: 'p', customId: 'x', data: 'd', ...row }];
  it.each([
    ['no platform', bad({ platform: undefined }), '[3].platform'],
    ['a blank custom id', bad({ customId: '' }), '[3].customId'],
    ['data that is an object', bad({ data: { a: 1 } }), '[3].data'],
    ['data of more than 64 KB', bad({ data: '字'.repeat(22_000) }), '[3].data'],
    ['a status with a space', bad({ status: 'a b' }), '[3].status'],
    ['an operator for a name', bad({ platform: { $ne: null } }), '[3].platform'],
    ['a row that is no object', [...good, 7], '[3]'],
    ['no rows', [], ''],
    ['an object for a list', { platform: 'p' }, ''],
    ['too many rows', rowsOf(10_001), ''],
  ])('with %s writes nothing and says where', async (_name, rows, field) => {
    const answer = await upload(rows);
    expect(answer).toMatchObject({ code: 2001, data: null });
    expect(answer.message.startsWith(field === '' ? '' : `${field}: `), answer.message).toBe(true);
    expect(await list()).toEqual([]);
  });

  it('of 10,000 accounts is one request', async () => {
    const { data } = await upload(rowsOf(10_000));
    expect(data).toMatchObject({ processedCount: 10_000, createdCount: 10_000 });
    expect((await upload(rowsOf(10_000))).data).toMatchObject({ createdCount: 0, updatedCount: 10_000 });
  });

  it('of more than 10 MB is refused', async () => {
    const body = JSON.stringify([{ platform: 'p', customId: 'x', data: 'x'.repeat(11 * 1024 * 1024) }]);
    const answer = await call<Envelope>(`${pool.url}/s/v1/${owner}/upload`, { body });
    expect(answer).toMatchObject({ status: 413, body: { code: 2001, data: null } });
  });

  it('of the same accounts by many at once makes each of them once', async () => {
    const other = await pool.another();
    const rows = rowsOf(300);
    const answers = await Promise.all(
      [pool.url, other.url, pool.url, other.url].map((url, index) =>
        call<Envelope<{ createdCount: number; updatedCount: number }>>(`${url}/s/v1/${owner}/upload`, {
          body: rows.map((row) => ({ ...row, data: String(index) })),
        }),
      ),
    );
    expect(answers.map(({ body }) => body.code)).toEqual([0, 0, 0, 0]);
    const sum = (name: 'createdCount' | 'updatedCount') =>
      answers.reduce((total, { body }) => total + body.data[name], 0);
    expect([sum('createdCount'), sum('updatedCount')]).toEqual([300, 900]);
    expect(await list()).toHaveLength(300);
    expect((await pool.stats()).statusSummary).toBeDefined();
  });
});
