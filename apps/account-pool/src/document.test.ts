import { call, startApp, testStores, type AppProcess } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentOf, type Envelope } from './testing/support.ts';

/* The requests of document 001 as they are written there, through the gateway, in the order of the document. */
const stores = testStores();
const apps: AppProcess[] = [];
let gateway: AppProcess;

beforeAll(async () => {
  const service = await startApp('account-pool', { ...environmentOf(stores), LOG_LEVEL: 'info' });
  gateway = await startApp('gateway', {
    PORT: '0',
    LOG_LEVEL: 'info',
    ACCOUNT_POOL_URL: service.url,
    REDIS_URL: stores.redisUrl,
    REDIS_PREFIX: stores.redisPrefix,
  });
  apps.push(gateway, service);
});
afterAll(async () => {
  expect(await Promise.all(apps.map((app) => app.stop()))).toEqual([0, 0]);
});

const some = { number: expect.any(Number) as number, time: expect.stringMatching(/^\d{4}-.*Z$/) as string };

describe.each([
  ['verbatim', '', 'owner123', 'newOwner'],
  ['under its prefix', '/account-pool', 'owner456', 'otherOwner'],
])('%s', (_name, prefix, ownerId, newOwner) => {
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await call<Envelope<never>>(gateway.url + prefix + path, { method, body });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const user = (name: string, pass: string) => JSON.stringify({ username: name, password: pass });
  const account = (customId: string, data: string, status: string, notes: string | null) => ({
    id: some.number,
    ownerId,
    platform: 'example',
    customId,
    data,
    status,
    notes,
    lockedAt: null,
    createdAt: some.time,
    updatedAt: some.time,
    leaseExpiresAt: null,
  });
  const [first, second] = [user('user123', 'pass123'), user('user456', 'pass456')];
  const ids = async () => {
    const body = {
      filters: { ownerId },
      pagination: { page: 1, pageSize: 10 },
      sort: { field: 'id', order: 'asc' },
    };
    const { data } = await send('POST', '/web/v1/accounts/list', body);
    return (data as { list: { id: number }[] }).list.map(({ id }) => id);
  };

  it('3. uploads accounts', async () => {
    const accounts = [
      { platform: 'example', customId: 'user123', data: first, status: 'available' },
      { platform: 'example', customId: 'user456', data: second },
    ];
    expect(await send('POST', `/s/v1/${ownerId}/upload`, accounts)).toEqual({
      code: 0,
      message: 'Successfully processed 2 accounts (2 created, 0 updated).',
      data: { processedCount: 2, createdCount: 2, updatedCount: 0, skipped: [] },
    });
  });

  it('1. acquires accounts', async () => {
    const lease = { id: some.number, leaseToken: 1, expiresAt: some.time };
    expect(await send('GET', `/s/v1/${ownerId}/acquire?platform=example&count=2`)).toEqual({
      code: 0,
      message: 'Successfully acquired 2 accounts.',
      data: [
        { ...lease, customId: 'user123', data: first },
        { ...lease, customId: 'user456', data: second },
      ],
    });
    expect(await send('GET', `/s/v1/${ownerId}/acquire?platform=example`)).toEqual({
      code: 1001,
      message: "No available accounts found for platform 'example'.",
      data: null,
    });
  });

  it('2. updates a status', async () => {
    const [id = 0, other = 0] = await ids();
    const url = `/s/v1/${ownerId}/update/${id}/used?notes=${encodeURIComponent('测试使用')}`;
    const updated = { code: 0, message: "Account status updated to 'used'." };
    expect(await send('GET', url)).toEqual({ ...updated, data: { updatedId: id } });
    expect(await send('GET', `/s/v1/${ownerId}/update/${other}/used`)).toMatchObject(updated);
    expect(await send('GET', '/s/v1/nobody/update/1/used')).toEqual({
      code: 4001,
      message: 'Account not found or permission denied.',
      data: null,
    });
  });

  it('4. lists accounts', async () => {
    const body = {
      filters: { platform: 'example', status: ['used'], ownerId, search: '测试' },
      pagination: { page: 1, pageSize: 10 },
      sort: { field: 'createdAt', order: 'desc' },
    };
    expect(await send('POST', '/web/v1/accounts/list', body)).toEqual({
      code: 0,
      message: 'Success',
      data: {
        list: [account('user123', first, 'used', '测试使用')],
        pagination: { page: 1, pageSize: 10, total: 1, totalPages: 1 },
      },
    });
  });

  it('6. updates many', async () => {
    const payload = { status: 'available', notes: '批量更新为可用状态' };
    expect(await send('POST', '/web/v1/accounts/update-batch', { ids: await ids(), payload })).toEqual({
      code: 0,
      message: 'Successfully updated 2 accounts.',
      data: { updatedCount: 2 },
    });
  });

  it('7. exports as text and as objects', async () => {
    const all = await ids();
    const exported = { code: 0, message: 'Successfully exported 2 accounts.' };
    expect(await send('POST', '/web/v1/accounts/export', { ids: all, mode: 'text' })).toEqual({
      ...exported,
      data: { exportedCount: 2, data: `${first}\n${second}` },
    });
    expect(await send('POST', '/web/v1/accounts/export', { ids: all, mode: 'object' })).toEqual({
      ...exported,
      data: {
        exportedCount: 2,
        data: [
          account('user123', first, 'exported', '批量更新为可用状态'),
          account('user456', second, 'exported', '批量更新为可用状态'),
        ],
      },
    });
  });

  it('8. shows statistics', async () => {
    const { data, ...rest } = await send('GET', '/web/v1/stats/overview');
    expect(rest).toEqual({ code: 0, message: 'Success' });
    expect(data).toMatchObject({
      platformSummary: { example: 2 },
      ownerSummary: { [ownerId]: 2 },
      statusSummary: { exported: 2 },
      detailedBreakdown: [{ platform: 'example', ownerId, status: 'exported', count: 2 }],
    });
  });

  it('5. deletes accounts', async () => {
    const payload = { ownerId: newOwner };
    const all = await ids();
    await send('POST', '/web/v1/accounts/update-batch', { ids: all, payload });
    expect(await send('POST', '/web/v1/accounts/delete-batch', { ids: all })).toEqual({
      code: 0,
      message: 'Successfully deleted 2 accounts.',
      data: { deletedCount: 2 },
    });
    expect(await send('GET', '/web/v1/stats/overview')).toMatchObject({ data: { totalAccounts: 0 } });
  });
});

describe('beside the document', () => {
  it('keys in query strings are in no log', async () => {
    const key = `pk_${'secret'.repeat(8).slice(0, 43)}`;
    const answer = await call<Envelope>(`${gateway.url}/s/v1/o/acquire?platform=p&key=${key}`);
    expect(answer.status).toBe(401);
    await expect
      .poll(() => apps.every((app) => app.lines.some((line) => line.includes('"status":401'))))
      .toBe(true);
    expect(apps.flatMap((app) => app.lines).filter((line) => line.includes(key))).toEqual([]);
  });

  it('administration is under the prefix alone', async () => {
    expect((await call(`${gateway.url}/api/admin/keys`)).status).toBe(404);
    expect((await call(`${gateway.url}/account-pool/api/admin/keys`)).status).toBe(401);
  });
});
