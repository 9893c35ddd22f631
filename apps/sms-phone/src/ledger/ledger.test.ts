import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '@portico/testing';
import { operatorToken, startService, type Body, type Service } from '../testing/support.ts';

const stores = testStores();
let service: Service;
beforeAll(async () => (service = await startService(stores)));
afterAll(() => service.close());

interface Page {
  total: number;
  items: { type: string; account: string; amount: number; username: string | null; reason: string | null }[];
}
const vouchers = async (amount: number, count: number) =>
  (await service.operate<{ codes: string[] }>('POST', '/vouchers', { amount, count })).body.codes;

describe('recharging', () => {
  it('adds to the balance', async () => {
    const user = await service.newUser();
    expect(await user.ask('/api/recharge', { amount: '100.50' })).toMatchObject({
      status: 200,
      body: { success: true, message: '充值成功', username: user.username, balance: 100.5 },
    });
    expect(await user.ask('/api/balance')).toMatchObject({
      status: 200,
      body: { success: true, username: user.username, balance: 100.5, frozen: 0 },
    });
  });

  it.each(['0', '-5', '1.001', 'NaN', 'Infinity', '1e9', 'abc', '', '1000001'])(
    'by %s is refused',
    async (amount) => {
      const user = await service.newUser();
      const answer = await user.ask('/api/recharge', { amount });
      expect(answer).toMatchObject({ status: 400, body: { success: false } });
      expect(await user.balance()).toEqual([0, 0]);
    },
  );

  it('with neither amount nor voucher is refused', async () => {
    const user = await service.newUser();
    expect(await user.ask('/api/recharge')).toMatchObject({ status: 400, body: { success: false } });
  });

  it('by oneself is refused in production', async () => {
    const closed = await service.another({ SMS_PHONE_RECHARGE: 'voucher' });
    const user = await service.newUser();
    const ask = service.askAt(closed.url, user.token);
    expect(await ask('/api/recharge', { amount: '1' })).toMatchObject({
      status: 403,
      body: { success: false },
    });
    const [voucher = ''] = await vouchers(2, 1);
    expect(await ask('/api/recharge', { voucher })).toMatchObject({ status: 200, body: { balance: 2 } });
  });
});

describe('a voucher', () => {
  it('is redeemed by one of many at once, and once', async () => {
    const [voucher = ''] = await vouchers(12.34, 1);
    const users = await Promise.all(Array.from({ length: 10 }, () => service.newUser()));
    const answers = await Promise.all(users.map((user) => user.ask('/api/recharge', { voucher })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
    const balances = await Promise.all(users.map((user) => user.balance()));
    expect(balances.filter(([balance]) => balance === 12.34)).toHaveLength(1);
    await service.audit();
  });

  it('is shown once and stored as a digest', async () => {
    const codes = await vouchers(1, 3);
    expect(new Set(codes).size).toBe(3);
    const stored = JSON.stringify(await service.database.collection('vouchers').find().toArray());
    for (const code of codes) expect(stored).not.toContain(code);
  });

  it.each([
    [{ amount: 0, count: 1 }],
    [{ amount: 1.005, count: 1 }],
    [{ amount: 1, count: 0 }],
    [{ amount: 1, count: 1001 }],
    [{ amount: { $gt: 0 }, count: 1 }],
  ])('is not made from %j', async (body) => {
    expect((await service.operate('POST', '/vouchers', body)).status).toBe(400);
  });
});

describe('a grant', () => {
  it('counts once however often the request comes', async () => {
    const user = await service.newUser();
    const grant = () =>
      call<Body>(`${service.url}/api/admin/users/${user.username}/grant`, {
        body: { amount: 3, reason: '活动' },
        headers: { Authorization: operatorToken(), 'Idempotency-Key': 'grant-1' },
      });
    for (const answer of await Promise.all([grant(), grant(), grant()]))
      expect(answer).toMatchObject({ status: 200, body: { balance: 3 } });
    expect(await grant()).toMatchObject({ status: 200, body: { balance: 3 } });
    await service.audit();
    expect(await user.balance()).toEqual([3, 0]);
    const unknown = await service.operate('POST', '/users/nobody/grant', { amount: 1, reason: 'x' });
    expect(unknown).toMatchObject({ status: 404, body: { success: false } });
  });
});

describe('the ledger', () => {
  it('tells of every move on two sides', async () => {
    const user = await service.newUser(10);
    const { body } = await service.operate<Page>('GET', `/ledger?username=${user.username}`);
    expect(body).toMatchObject({ total: 1, items: [{ type: 'recharge', account: 'balance', amount: 10 }] });
    const all = await service.operate<Page>('GET', '/ledger?page_size=1000');
    const sum = all.body.items.reduce((total, { amount }) => total + Math.round(amount * 100), 0);
    expect(sum).toBe(0);
    expect(all.body.total).toBe(all.body.items.length);
  });

  it('is shown to a user as a statement of his own', async () => {
    const user = await service.newUser(2);
    await service.operate('POST', `/users/${user.username}/grant`, { amount: 1, reason: '补偿' });
    const { body } = await user.ask<Page>('/api/statement', { page_size: '10' });
    expect(body.items.map(({ type, amount, reason }) => [type, amount, reason])).toEqual([
      ['grant', 1, '补偿'],
      ['recharge', 2, null],
    ]);
    expect(body.items.every(({ username }) => username === user.username)).toBe(true);
  });
});
