import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMail, newPhone, startSupport, type Support } from '../testing/support.ts';

const stores = testStores();
let support: Support;
beforeAll(async () => {
  support = await startSupport(stores);
});
afterAll(() => support.close());

interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_at: string;
  expires_in: number;
}
const post = <Data = Tokens>(path: string, body: unknown, token?: string) =>
  support.ask<Data>('POST', `/api/auth/${path}`, token, body);
const isIn = async (token: string) => (await support.ask('GET', '/api/personal/info', token)).code === 0;
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

describe('registering', () => {
  it('by phone makes the documented user', async () => {
    const phone = newPhone();
    const code = await support.newCode(phone);
    expect(await post('check_code', { area: '86', account: phone, code })).toEqual({
      code: 0,
      message: 'success',
      data: {},
    });
    const answer = await post('register', { area: '86', account: phone, code, password: 'correct horse' });
    expect(answer).toMatchObject({ code: 0, message: 'success', data: { expires_in: 604_800 } });
    expect(answer.data.access_token).toMatch(/^[A-Za-z0-9]{50}$/);
    expect(answer.data.expires_at).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/);
    const info = await support.ask('GET', '/api/personal/info', `Token ${answer.data.access_token}`);
    expect(info.data).toMatchObject({
      area: '86',
      phone,
      email: '',
      role: 0,
      username: phone,
      is_active: true,
      app_id: '',
      nickname: '',
      avatar: '',
      gender: 2,
      birthday: '',
      address: '',
      openid: expect.stringMatching(/^[A-Za-z0-9]{40}$/) as string,
    });
  });

  it('by mail sends the code by mail', async () => {
    const user = await support.newUser(newMail());
    expect(support.peer.to(user.account)).toMatchObject([
      { channel: 'email', template: 'verification-code', locale: 'zh', data: { purpose: 'register' } },
    ]);
    const info = await support.ask('GET', '/api/personal/info', user.token);
    expect(info.data).toMatchObject({ email: user.account, phone: '', username: user.account });
  });

  it('needs the right code, and a known account only a right one learns of', async () => {
    const { account } = await support.newUser();
    const phone = newPhone();
    const code = await support.newCode(phone);
    const body = { account: phone, password: 'correct horse' };
    expect((await post('register', { ...body, code: wrong(code) })).code).toBe(10008);
    expect((await post('register', { ...body, account, code })).code).toBe(10008);
    expect((await post('register', { ...body, code })).code).toBe(0);
    expect((await post('register', { ...body, code })).code).toBe(10008);
  });

  it('once more is 10009', async () => {
    const { account } = await support.newUser(newMail());
    await support.forgetSends();
    const code = await support.newCode(account);
    expect((await post('register', { account, code, password: 'correct horse' })).code).toBe(10009);
  });

  it('happens once for 50 parallel submissions of the right code', async () => {
    const phone = newPhone();
    const code = await support.newCode(phone);
    const other = await support.another();
    const body = { account: phone, code, password: 'correct horse' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 ? support : other).ask('POST', '/api/auth/register', undefined, body),
      ),
    );
    const codes = answers.map((answer) => answer.code).sort();
    expect(codes).toEqual([0, ...Array.from({ length: 49 }, () => 10008)]);
  });

  it.each([
    ['short', 'password 至少 8 个字符'],
    ['长'.repeat(129), 'password 最多 128 个字符'],
  ])('refuses a password, case %#', async (password, message) => {
    const answer = await post('register', { account: newPhone(), code: '123456', password });
    expect(answer).toMatchObject({ code: 10005, message, data: {} });
  });
});

describe('guessing a code', () => {
  it('compares at most five of 50 parallel wrong ones, and a resend refills nothing', async () => {
    const phone = newPhone();
    const code = await support.newCode(phone);
    const guesses = Array.from({ length: 50 }, () =>
      post('check_code', { account: phone, code: wrong(code) }),
    );
    expect(new Set((await Promise.all(guesses)).map((answer) => answer.code))).toEqual(new Set([10008]));
    expect((await post('check_code', { account: phone, code })).code).toBe(10008);
    await support.forgetSends();
    const again = await support.newCode(phone);
    expect((await post('check_code', { account: phone, code: again })).code).toBe(10008);
  });

  it('cannot be made easier by asking often: 10010', async () => {
    const phone = newPhone();
    await support.newCode(phone);
    expect(await post('send_code', { account: phone })).toMatchObject({
      code: 10010,
      message: '短信发送太频繁',
      data: {},
    });
    expect((await post('send_code', { area: '+86', account: `+86${phone}` })).code).toBe(10010);
  });
});

describe('signing in', () => {
  it('tells an unknown account from a wrong password, as documented', async () => {
    const { account, password } = await support.newUser();
    expect((await post('access_token', { account, password })).code).toBe(0);
    expect((await post('access_token', { account, password: 'wrong horse' })).code).toBe(10007);
    expect((await post('access_token', { account: newPhone(), password })).code).toBe(10006);
    expect((await post('access_token', { account: 'nobody', password })).code).toBe(10005);
  });

  it('does not tell them apart where that is hidden', async () => {
    const discreet = await support.another({ environment: { HIDE_ACCOUNT_EXISTENCE: 'true' } });
    const body = { account: newPhone(), password: 'correct horse' };
    expect(await discreet.ask('POST', '/api/auth/access_token', undefined, body)).toMatchObject({
      code: 10007,
    });
  });

  it('accepts Token and Bearer, and nothing else', async () => {
    const { token } = await support.newUser();
    expect(await isIn(token)).toBe(true);
    expect(await isIn(token.replace('Token', 'Bearer'))).toBe(true);
    for (const other of [undefined, token.replace('Token ', ''), 'Token nonsense', `Basic ${token}`]) {
      expect(await support.ask('GET', '/api/personal/info', other)).toMatchObject({
        code: 10004,
        message: '无效的Token, 可能是错误的, 失效的, 用户已被删除',
        data: {},
      });
    }
  });

  it('by code works for a registered account only', async () => {
    const { account } = await support.newUser(newMail());
    await support.forgetSends();
    const code = await support.newCode(account, 'login');
    expect((await post('register', { account, code, password: 'correct horse' })).code).toBe(10008);
    expect((await post('code_token', { account, code })).code).toBe(0);
    const stranger = newMail();
    const other = await support.newCode(stranger, 'login');
    expect((await post('code_token', { account: stranger, code: other })).code).toBe(10006);
  });

  it('is limited per account, whatever the instance', async () => {
    const other = await support.another();
    const { account } = await support.newUser();
    const attempt = (instance: Pick<Support, 'ask'>) =>
      instance.ask('POST', '/api/auth/access_token', undefined, { account, password: 'wrong horse' });
    let refused = await attempt(support);
    for (let tries = 0; refused.code === 10007; tries += 1)
      refused = await attempt(tries % 2 ? support : other);
    expect(refused.code).toBe(10000);
  });
});

describe('a session', () => {
  it('goes on with a refresh token, which works once', async () => {
    const user = await support.newUser();
    const first = await post('refresh_token', { refresh_token: user.refreshToken });
    expect(first).toMatchObject({ code: 0, data: { expires_in: 604_800 } });
    expect(first.data.refresh_token).not.toBe(user.refreshToken);
    // The answer was lost: within 10 s it is given again.
    expect((await post('refresh_token', { refresh_token: user.refreshToken })).data).toMatchObject({
      access_token: first.data.access_token,
      refresh_token: first.data.refresh_token,
    });
    const second = await post('refresh_token', { refresh_token: first.data.refresh_token });
    expect(second.code).toBe(0);
    // Used twice: whoever holds any token of the family is out.
    expect(await post('refresh_token', { refresh_token: user.refreshToken })).toMatchObject({ code: 10004 });
    expect((await post('refresh_token', { refresh_token: second.data.refresh_token })).code).toBe(10004);
    expect(await isIn(`Token ${second.data.access_token}`)).toBe(false);
  });

  it('ends with destroy_token', async () => {
    const user = await support.newUser();
    expect(await post('destroy_token', undefined, user.token)).toEqual({
      code: 0,
      message: 'success',
      data: {},
    });
    expect(await isIn(user.token)).toBe(false);
    expect((await post('refresh_token', { refresh_token: user.refreshToken })).code).toBe(10004);
  });

  it('ends when the password is reset by code', async () => {
    const user = await support.newUser(newMail());
    await support.forgetSends();
    const code = await support.newCode(user.account, 'reset_password');
    const body = { account: user.account, code, password: 'another horse' };
    expect((await post('reset_password', body)).code).toBe(0);
    expect(await isIn(user.token)).toBe(false);
    expect((await post('access_token', { account: user.account, password: user.password })).code).toBe(10007);
    expect((await post('access_token', { account: user.account, password: 'another horse' })).code).toBe(0);
  });
});
