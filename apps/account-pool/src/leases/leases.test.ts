import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf, startPool, type Acquired, type Envelope, type Pool } from '../testing/support.ts';

const stores = testStores();
let pool: Pool;
/** Each test has an owner of its own. */
let owner = '';
let owners = 0;
beforeAll(async () => {
  pool = await startPool(stores, { LEASE_SECONDS_BY_PLATFORM: 'short=1,endless=0', LEASE_SWEEP_MS: '50' });
});
beforeEach(() => (owner = `owner${(owners += 1)}`));
afterAll(() => pool.close());

const upload = (count: number, platform?: string) => pool.upload(rowsOf(count, platform), owner);
const acquire = (query = 'platform=example', headers = {}) => pool.acquire(query, owner, headers);
const acquired = async (query?: string, headers?: object): Promise<Acquired[]> =>
  (await acquire(query, headers)).data ?? [];
const first = async (query?: string): Promise<Acquired> => {
  const [account] = await acquired(query);
  if (!account) throw new Error('nothing was acquired');
  return account;
};
const account = async (id: number) => (await pool.list({ ownerId: owner })).find((one) => one.id === id);
const post = (path: string, body?: unknown, headers = {}) =>
  pool.ask('POST', `/s/v1/${owner}/${path}`, body, headers);
const update = (id: number | string, status: string, query = '') =>
  pool.ask('GET', `/s/v1/${owner}/update/${id}/${encodeURIComponent(status)}${query}`);

describe('acquiring', () => {
  it('leases an account', async () => {
    await upload(1);
    const before = Date.now();
    const { code, message, data } = await acquire();
    expect({ code, message }).toEqual({ code: 0, message: 'Successfully acquired 1 account.' });
    expect(data).toEqual([
      {
        id: expect.any(Number) as number,
        customId: 'c1',
        data: '{"username":"c1"}',
        leaseToken: 1,
        expiresAt: expect.any(String) as string,
      },
    ]);
    const minutes = (Date.parse(data?.[0]?.expiresAt ?? '') - before) / 60_000;
    expect(minutes).toBeCloseTo(30, 0);
    const [listed] = await pool.list({ ownerId: owner });
    expect(listed).toMatchObject({ status: 'locked', lockedAt: expect.stringMatching(/Z$/) as string });
  });

  it('hands out those there are, and none of them twice', async () => {
    await upload(3);
    const both = await acquire('platform=example&count=2');
    expect(both).toMatchObject({ code: 0, message: 'Successfully acquired 2 accounts.' });
    const rest = await acquire('platform=example&count=2');
    expect(rest).toMatchObject({ code: 0, message: 'Successfully acquired 1 account.' });
    expect(await acquire()).toEqual({
      code: 1001,
      message: "No available accounts found for platform 'example'.",
      data: null,
    });
    const ids = [...(both.data ?? []), ...(rest.data ?? [])].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
  });

  it('hands out first what has waited longest', async () => {
    await upload(3);
    const [a, b] = await acquired('platform=example&count=2');
    await update(b?.id ?? 0, 'available');
    await update(a?.id ?? 0, 'available');
    const names = [await first(), await first(), await first()].map(({ customId }) => customId);
    expect(names).toEqual(['c3', b?.customId, a?.customId]);
  });

  it.each(['count=0', 'count=101', 'count=abc', 'count=', 'count=1.5', 'count=-1'])(
    '%s is refused',
    async (count) => {
      const answer = await acquire(`platform=example&${count}`);
      expect(answer).toEqual({
        code: 2001,
        message: 'count: must be a whole number from 1 to 100',
        data: null,
      });
    },
  );

  it.each([
    ['', /^platform: /],
    ['platform=', /^platform: /],
    ['platform=a&platform=b', /^platform: /],
    ['platform=a&wait=31', /^wait: /],
    ['platform=a&requestId=%20', /^Idempotency-Key: /],
  ])('"%s" is refused', async (query, message) => {
    expect(await acquire(query)).toEqual({
      code: 2001,
      message: expect.stringMatching(message) as string,
      data: null,
    });
  });

  it('has a twin by POST', async () => {
    await upload(2);
    const answer = await post('acquire', { platform: 'example', count: 2 });
    expect(answer).toMatchObject({ code: 0, message: 'Successfully acquired 2 accounts.' });
  });

  it('is not done by HEAD, OPTIONS or a prefetch', async () => {
    await upload(1);
    const url = `${pool.url}/s/v1/${owner}/acquire?platform=example`;
    const tries = [
      call(url, { method: 'HEAD' }),
      call(url, { method: 'OPTIONS' }),
      call(url, { headers: { 'Sec-Purpose': 'prefetch;prerender' } }),
    ];
    for (const answer of await Promise.all(tries)) expect(answer.status).toBeGreaterThanOrEqual(200);
    expect(await acquired()).toHaveLength(1);
  });
});

describe('waiting for an account', () => {
  it('ends when one is given back', async () => {
    await upload(1);
    const held = await first();
    const waiting = acquire('platform=example&wait=20');
    expect(await post(`release/${held.id}`)).toMatchObject({ code: 0 });
    expect(await waiting).toMatchObject({
      code: 0,
      data: [{ id: held.id, leaseToken: held.leaseToken + 1 }],
    });
  });

  it('ends when another instance gave one back', async () => {
    await upload(1);
    const held = await first();
    const other = await pool.another();
    const waiting = call<Envelope>(`${other.url}/s/v1/${owner}/acquire?platform=example&wait=20`);
    await update(held.id, 'available');
    expect((await waiting).body).toMatchObject({ code: 0, data: [{ id: held.id }] });
  });

  it('ends with nothing when its time is up', async () => {
    expect(await acquire('platform=example&wait=1')).toMatchObject({ code: 1001 });
  });
});

describe('a retry after a lost answer', () => {
  it('gets the same accounts', async () => {
    await upload(5);
    const headers = { 'Idempotency-Key': 'try-1' };
    const once = await acquire('platform=example&count=2', headers);
    expect(await acquire('platform=example&count=2', headers)).toEqual(once);
    expect(await acquire('platform=example&count=2&requestId=try-1')).toEqual(once);
    expect(await acquired('platform=example&count=100')).toHaveLength(3);
  });

  it('gets them also when both run at the same time, on two instances', async () => {
    await upload(10);
    const other = await pool.another();
    const urls = [pool.url, other.url, pool.url, other.url];
    const answers = await Promise.all(
      urls.map((url) => call<Envelope>(`${url}/s/v1/${owner}/acquire?platform=example&count=3&requestId=r`)),
    );
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
    expect(await acquired('platform=example&count=100')).toHaveLength(7);
  });

  it('may find something where there was nothing', async () => {
    expect(await acquire('platform=example&requestId=later')).toMatchObject({ code: 1001 });
    await upload(1);
    expect(await acquire('platform=example&requestId=later')).toMatchObject({ code: 0 });
  });

  it('is refused when it asks for something else', async () => {
    await upload(2);
    await acquire('platform=example&requestId=x');
    expect(await acquire('platform=example&count=2&requestId=x')).toMatchObject({ code: 3001, data: null });
  });

  it('belongs to its owner', async () => {
    await upload(1);
    await acquire('platform=example&requestId=x');
    expect(await pool.acquire('platform=example&requestId=x', 'nobody')).toMatchObject({ code: 1001 });
  });

  it('finds what a process that was killed had leased', async () => {
    await upload(3);
    const [leased] = await acquired('platform=example&requestId=crash');
    // As a crash leaves it: the account is leased, the answer not stored, the try old.
    const past = new Date(Date.now() - 60_000);
    await pool.database
      .collection('idempotency')
      .updateMany({ 'leases.id': leased?.id }, { $unset: { leases: 1 }, $set: { startedAt: past } });
    expect(await acquired('platform=example&requestId=crash')).toEqual([leased]);
    expect(await acquired('platform=example&count=100')).toHaveLength(2);
  });

  it('starts anew where the process had leased nothing yet', async () => {
    await upload(1);
    const held = await first('platform=example&requestId=crash');
    await update(held.id, 'available');
    const past = new Date(Date.now() - 60_000);
    const stuck = { $unset: { leases: 1 as const }, $set: { startedAt: past, operation: 'never' } };
    await pool.database.collection('idempotency').updateMany({ 'leases.id': held.id }, stuck);
    expect(await first('platform=example&requestId=crash')).toMatchObject({
      leaseToken: held.leaseToken + 1,
    });
  });
});

describe('updating', () => {
  it('sets status and notes, and ends the lease', async () => {
    await upload(1);
    const { id } = await first();
    expect(await update(id, '已使用', '?notes=%20%E6%B5%8B%E8%AF%95%20')).toEqual({
      code: 0,
      message: "Account status updated to '已使用'.",
      data: { updatedId: id },
    });
    expect(await account(id)).toMatchObject({ status: '已使用', notes: '测试', lockedAt: null });
    await update(id, 'used');
    expect(await account(id)).toMatchObject({ status: 'used', notes: '测试' });
    await update(id, 'used', '?notes=');
    expect(await account(id)).toMatchObject({ status: 'used', notes: null });
  });

  it.each([
    ['a missing one', () => 999_999_999],
    [
      'that of another owner',
      async () => {
        await pool.upload(rowsOf(1), `${owner}-other`);
        return (await pool.list({ ownerId: `${owner}-other` }))[0]?.id ?? 0;
      },
    ],
  ])('%s is refused alike', async (_name, idOf) => {
    expect(await update(await idOf(), 'used')).toEqual({
      code: 4001,
      message: 'Account not found or permission denied.',
      data: null,
    });
  });

  it.each([
    ['abc', 'used', ''],
    ['1.5', 'used', ''],
    ['0', 'used', ''],
    ['1', 'a b', ''],
    ['1', 'x'.repeat(33), ''],
    ['1', '$ne', ''],
    ['1', 'used', `?notes=${'x'.repeat(501)}`],
    ['1', 'used', '?leaseToken=abc'],
  ])('%s/%s%s is refused', async (id, status, query) => {
    expect(await update(id, status, query)).toMatchObject({ code: 2001, data: null });
  });

  it('is refused to a late holder', async () => {
    await upload(1);
    const late = await first();
    await post(`release/${late.id}`, { leaseToken: late.leaseToken });
    const current = await first();
    expect(current.leaseToken).toBeGreaterThan(late.leaseToken);
    const refused = { code: 3001, data: null };
    expect(await update(late.id, 'used', `?leaseToken=${late.leaseToken}`)).toMatchObject(refused);
    const header = { 'X-Lease-Token': String(late.leaseToken) };
    expect(await post(`update/${late.id}/used`, {}, header)).toMatchObject(refused);
    expect(await post(`renew/${late.id}`, { leaseToken: late.leaseToken })).toMatchObject(refused);
    expect(await post(`release/${late.id}?leaseToken=${late.leaseToken}`)).toMatchObject(refused);
    expect(await account(late.id)).toMatchObject({ status: 'locked' });
    expect(await update(late.id, 'used', `?leaseToken=${current.leaseToken}`)).toMatchObject({ code: 0 });
  });
});

describe('a lease', () => {
  it('expires, and the account comes back', async () => {
    await upload(1, 'short');
    const held = await first('platform=short');
    await expect.poll(() => acquired('platform=short')).toMatchObject([{ id: held.id }]);
  });

  it('that is over counts as stale before it was swept', async () => {
    await upload(1, 'short');
    const held = await first('platform=short');
    const past = new Date(Date.now() - 1000);
    await pool.database
      .collection('accounts')
      .updateOne({ _id: held.id as never }, { $set: { leaseExpiresAt: past } });
    expect(await update(held.id, 'used', `?leaseToken=${held.leaseToken}`)).toMatchObject({ code: 3001 });
  });

  it('is renewed by its holder', async () => {
    await upload(1);
    const held = await first();
    const renewed = await pool.ask<{ renewedId: number; expiresAt: string }>(
      'POST',
      `/s/v1/${owner}/renew/${held.id}`,
      { leaseToken: held.leaseToken },
    );
    expect(renewed).toMatchObject({ code: 0, data: { renewedId: held.id } });
    expect(Date.parse(renewed.data.expiresAt)).toBeGreaterThanOrEqual(Date.parse(held.expiresAt ?? ''));
  });

  it('without an end has none', async () => {
    await upload(1, 'endless');
    const held = await first('platform=endless');
    expect(held.expiresAt).toBeNull();
    expect(await post(`renew/${held.id}`)).toMatchObject({ code: 0, data: { expiresAt: null } });
    expect(await post(`release/${held.id}`)).toEqual({
      code: 0,
      message: 'Account released.',
      data: { releasedId: held.id },
    });
    expect(await post(`release/${held.id}`)).toMatchObject({ code: 3001 });
    expect(await post(`renew/${held.id}`)).toMatchObject({ code: 3001 });
  });

  it('is named once', async () => {
    await upload(1);
    const held = await first();
    const named = await post(`release/${held.id}`, { leaseToken: held.leaseToken }, { 'X-Lease-Token': '9' });
    expect(named).toMatchObject({ code: 2001 });
  });
});
