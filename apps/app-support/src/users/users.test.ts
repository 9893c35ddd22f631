import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMail, newPhone, startSupport, type Support } from '../testing/support.ts';

const stores = testStores();
let support: Support;
beforeAll(async () => {
  support = await startSupport(stores);
});
afterAll(() => support.close());

const info = (token: string) => support.ask('GET', '/api/personal/info', token);

describe('the profile', () => {
  it('takes what is given and keeps the rest', async () => {
    const { token } = await support.newUser();
    const first = await support.ask('PUT', '/api/personal/info', token, {
      nickname: ' 阿达 ',
      avatar: 'https://example.com/ada.png',
      gender: 0,
      birthday: '1991-03-08',
      address: '上海',
    });
    const given = {
      nickname: '阿达',
      avatar: 'https://example.com/ada.png',
      gender: 0,
      birthday: '1991-03-08',
      address: '上海',
    };
    expect(first).toMatchObject({ code: 0, message: 'success', data: given });
    const second = await support.ask('PUT', '/api/personal/info', token, { birthday: '', gender: '1' });
    expect(second.data).toMatchObject({ ...given, birthday: '', gender: 1 });
    expect((await info(token)).data).toEqual(second.data);
  });

  it.each([
    [{ gender: 3 }],
    [{ gender: 'male' }],
    [{ birthday: '1991-02-30' }],
    [{ birthday: '1991/03/08' }],
    [{ birthday: '2991-03-08' }],
    [{ avatar: 'javascript:alert(1)' }],
    [{ nickname: 'x'.repeat(65) }],
    [{ nickname: { $gt: '' } }],
  ])('refuses %j', async (body) => {
    const { token } = await shared();
    expect(await support.ask('PUT', '/api/personal/info', token, body)).toMatchObject({
      code: 10005,
      data: {},
    });
  });

  it('stores nothing that it does not know', async () => {
    const user = await shared();
    await support.ask('PUT', '/api/personal/info', user.token, {
      role: 9,
      isActive: false,
      openid: 'x',
      nickname: 'n',
    });
    expect((await info(user.token)).data).toMatchObject({ role: 0, is_active: true });
    expect(await support.database.collection('users').findOne({ openid: 'x' })).toBeNull();
  });
});

describe('sessions', () => {
  it('are listed and ended by their owner', async () => {
    const user = await support.newUser();
    const login = () =>
      support.ask<{ access_token: string }>('POST', '/api/auth/access_token', undefined, {
        account: user.account,
        password: user.password,
      });
    const other = `Token ${(await login()).data.access_token}`;
    const { data } = await support.ask<{ data: { id: string; current: boolean }[] }>(
      'GET',
      '/api/personal/sessions',
      user.token,
    );
    expect(data.data.map(({ current }) => current).sort()).toEqual([false, true]);
    const id = data.data.find(({ current }) => !current)?.id ?? '';
    const stranger = await shared();
    const end = (token: string) => support.ask('DELETE', `/api/personal/sessions/${id}`, token);
    expect((await end(stranger.token)).code).toBe(10001);
    expect((await info(other)).code).toBe(0);
    expect((await end(user.token)).code).toBe(0);
    expect((await info(other)).code).toBe(10004);
    expect((await info(user.token)).code).toBe(0);
  });

  it('end with a change of the password, except the one that changes it', async () => {
    const user = await support.newUser();
    const body = { account: user.account, password: user.password };
    const login = await support.ask<{ access_token: string }>(
      'POST',
      '/api/auth/access_token',
      undefined,
      body,
    );
    const change = (old_password: string) =>
      support.ask('POST', '/api/personal/password', user.token, {
        old_password,
        new_password: 'another horse',
      });
    expect((await change('wrong horse')).code).toBe(10007);
    const codes = await Promise.all(
      Array.from({ length: 8 }, async () => (await change(user.password)).code),
    );
    expect(codes.filter((code) => code === 0)).toHaveLength(1);
    expect((await info(user.token)).code).toBe(0);
    expect((await info(`Token ${login.data.access_token}`)).code).toBe(10004);
    expect((await support.ask('POST', '/api/auth/access_token', undefined, body)).code).toBe(10007);
  });
});

describe('whoever may not come in any more', () => {
  it('is out on every instance soon: ended sessions with 10004, disabled users with 10003', async () => {
    const [ended, disabled] = [await support.newUser(), await support.newUser()];
    const other = await support.another();
    const there = async () => {
      const answers = [ended, disabled].map(({ token }) => other.ask('GET', '/api/personal/info', token));
      return (await Promise.all(answers)).map(({ code }) => code);
    };
    expect(await there()).toEqual([0, 0]);
    await support.ask('POST', '/api/auth/destroy_token', ended.token);
    const answer = await support.operate('PUT', `/users/${disabled.id}`, { is_active: false });
    expect(answer).toMatchObject({ code: 0, data: { id: disabled.id, is_active: false } });
    // At once where it was done.
    expect((await info(ended.token)).code).toBe(10004);
    expect(await info(disabled.token)).toMatchObject({
      code: 10003,
      message: '该用户没有访问或操作权限',
    });
    await expect.poll(there, { interval: 500 }).toEqual([10004, 10003]);
  });

  it('cannot sign in or refresh while disabled, and can when enabled', async () => {
    const user = await support.newUser();
    const setActive = (is_active: boolean) => support.operate('PUT', `/users/${user.id}`, { is_active });
    const login = async () => {
      const body = { account: user.account, password: user.password };
      return (await support.ask('POST', '/api/auth/access_token', undefined, body)).code;
    };
    const refresh = async () => {
      const body = { refresh_token: user.refreshToken };
      return (await support.ask('POST', '/api/auth/refresh_token', undefined, body)).code;
    };
    await setActive(false);
    expect([await login(), await refresh()]).toEqual([10003, 10003]);
    await setActive(true);
    expect(await login()).toBe(0);
  });
});

describe('the list of users', () => {
  it('finds by phone, mail, name and nickname, as typed', async () => {
    const phone = await support.newUser();
    const mail = await support.newUser(newMail());
    await support.ask('PUT', '/api/personal/info', mail.token, { nickname: '阿达.*' });
    const found = async (search: string) => {
      const { data } = await support.operate<{ total: number; data: { id: number }[] }>(
        'GET',
        `/users?search=${encodeURIComponent(search)}`,
      );
      return data.data.map(({ id }) => id);
    };
    expect(await found(phone.account)).toEqual([phone.id]);
    expect(await found(mail.account.toUpperCase())).toEqual([mail.id]);
    expect(await found('达.*')).toEqual([mail.id]);
    expect(await found('nobody at all')).toEqual([]);
    const all = await support.operate('GET', '/users?page_size=1');
    expect(all.data).toMatchObject({ current_page: 1, page_size: 1 });
    expect(JSON.stringify(all)).not.toMatch(/password|v1\$/);
  });

  it('answers 10001 for a user who is not there', async () => {
    expect((await support.operate('PUT', '/users/999999', { is_active: false })).code).toBe(10001);
  });
});

describe('deleting the account', () => {
  it('needs the password, ends everything and frees the account', async () => {
    const user = await support.newUser(newMail());
    const device = { client_id: `token:${user.id}`, client_type: 'ios' };
    await support.ask('POST', '/api/push/bind', user.token, device);
    await support.ask('POST', '/api/feedback', user.token, { feedback_content: '再见' });
    const remove = (password: string) =>
      support.ask('DELETE', '/api/personal/account', user.token, { password });
    expect((await remove('wrong horse')).code).toBe(10007);
    expect((await remove(user.password)).code).toBe(0);
    expect((await info(user.token)).code).toBe(10004);
    const body = { account: user.account, password: user.password };
    expect((await support.ask('POST', '/api/auth/access_token', undefined, body)).code).toBe(10006);
    for (const name of ['devices', 'feedback', 'hidden_pushes', 'sessions']) {
      const of = { userId: { $in: [user.id, String(user.id)] } };
      expect(await support.database.collection(name).countDocuments(of), name).toBe(0);
    }
    const left = await support.database.collection<{ _id: number }>('users').findOne({ _id: user.id });
    expect(JSON.stringify(left)).not.toContain(user.account);
    expect(left).not.toHaveProperty('password');
    await support.forgetSends();
    const again = await support.newUser(user.account);
    expect(again.id).not.toBe(user.id);
  });

  it('goes on after a crash in the middle, and takes what came meanwhile', async () => {
    const user = await support.newUser(newPhone());
    await support.ask('POST', '/api/feedback', user.token, { feedback_content: '再见' });
    const users = support.database.collection<{ _id: number }>('users');
    await users.updateOne(
      { _id: user.id },
      { $set: { deletedAt: new Date(Date.now() - 120_000), isActive: false }, $unset: { address: 1 } },
    );
    await support.finishDeletions();
    expect(await users.findOne({ _id: user.id })).toBeNull();
    expect(await support.database.collection('feedback').countDocuments({ userId: user.id })).toBe(0);
  });
});

let someone: Awaited<ReturnType<Support['newUser']>> | undefined;
const shared = async () => (someone ??= await support.newUser());
