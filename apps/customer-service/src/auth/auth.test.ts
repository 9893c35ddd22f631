import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newEmail, operator, startService, type Service } from '../testing/support.ts';

const stores = testStores();
let service: Service;
beforeAll(async () => (service = await startService(stores)));
afterAll(() => service.close());

const register = (email: string, code: string, password = 'mypassword123') =>
  service.ask('POST', '/api/auth/register', { email, password, verification_code: code });
const login = (email: string, password: string) =>
  service.ask('POST', '/api/auth/login', { email, password });
const me = (token: string) => service.askAs(token)('GET', '/api/auth/me');
const refresh = (token: string) =>
  service.ask<{ access_token: string; refresh_token: string }>('POST', '/api/auth/refresh', {
    refresh_token: token,
  });
/** A code that is not this one. */
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

describe('registering', () => {
  it('needs the code that was mailed', async () => {
    const email = newEmail();
    const code = await service.newCode(email);
    expect(await register(email, wrong(code))).toMatchObject({
      status: 400,
      body: { detail: '验证码无效或已过期' },
    });
    const registered = await register(email, code);
    expect(registered).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^[0-9a-f]{24}$/) as string,
        email,
        role: 'user',
        is_active: true,
        created_at: expect.stringMatching(/Z$/) as string,
        updated_at: null,
        full_name: null,
        phone_number: null,
        avatar_url: null,
        bio: null,
      },
    });
    expect(await register(email, code)).toMatchObject({
      status: 400,
      body: { detail: '验证码无效或已过期' },
    });
  });

  it('is done once per address, however it is written', async () => {
    const customer = await service.newCustomer();
    await service.forgetSends();
    const code = await service.newCode(customer.email);
    const again = await register(customer.email.toUpperCase(), code);
    expect(again).toMatchObject({ status: 400, body: { detail: '该邮箱已被注册' } });
  });

  it('by 50 at once with the right code happens once', async () => {
    const email = newEmail();
    const code = await service.newCode(email);
    const answers = await Promise.all(Array.from({ length: 50 }, () => register(email, code)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(49);
  });

  it('compares no more than five of 50 wrong codes at once', async () => {
    const email = newEmail();
    const code = await service.newCode(email);
    await Promise.all(Array.from({ length: 50 }, () => register(email, wrong(code))));
    expect(await register(email, code)).toMatchObject({ status: 400 });
    // Sending again refills nothing.
    await service.forgetSends();
    expect(await register(email, await service.newCode(email))).toMatchObject({ status: 400 });
  });

  it('gets another code only after a while', async () => {
    const email = newEmail();
    await service.newCode(email);
    const again = await service.ask('POST', '/api/auth/send-code', { email });
    expect(again).toMatchObject({ status: 429, body: { detail: '验证码发送过于频繁，请稍后再试' } });
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it.each([
    [{ email: 'nobody' }, '邮箱格式不正确'],
    [{ email: { $ne: null } }, undefined],
    [{}, undefined],
    [[], undefined],
  ])('to %j no code is sent', async (body, detail) => {
    const answer = await service.ask<{ detail: string }>('POST', '/api/auth/send-code', body);
    expect(answer.status).toBe(422);
    expect(answer.body.detail).toMatch(detail ?? /\S/);
  });

  it.each([
    [{ password: '1234567' }, '密码长度至少为8位'],
    [{ password: 'x'.repeat(129) }, '密码长度不能超过128位'],
    [{ verification_code: '12345' }, '验证码必须是6位数字'],
    [{ verification_code: 123456 }, undefined],
  ])('with %j is refused', async (change, detail) => {
    const body = {
      email: 'a@example.com',
      password: 'mypassword123',
      verification_code: '123456',
      ...change,
    };
    const answer = await service.ask<{ detail: string }>('POST', '/api/auth/register', body);
    expect(answer.status).toBe(422);
    expect(answer.body.detail).toMatch(detail ?? /verification_code/);
  });
});

describe('signing in', () => {
  it('gives a token that says who somebody is', async () => {
    const customer = await service.newCustomer();
    const answer = await login(customer.email, customer.password);
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'bearer', expires_in: 1800 } });
    expect(await me(customer.token)).toMatchObject({
      status: 200,
      body: { id: customer.id, email: customer.email },
    });
    expect((await customer.ask('GET', '/api/users/me')).body).toEqual((await me(customer.token)).body);
  });

  it('is refused alike for unknown users and wrong passwords', async () => {
    const customer = await service.newCustomer();
    const refusal = { status: 401, body: { detail: '邮箱或密码错误' } };
    expect(await login(customer.email, 'wrong password')).toMatchObject(refusal);
    expect(await login('nobody@example.com', 'wrong password')).toMatchObject(refusal);
    expect(await login('no address', 'wrong password')).toMatchObject(refusal);
  });

  it('by form works as OAuth2 says', async () => {
    const customer = await service.newCustomer();
    const send = (body: string) =>
      call(`${service.url}/api/auth/token`, {
        body,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });
    const form = (username: string, password: string) =>
      new URLSearchParams({ username, password }).toString();
    expect(await send(form(customer.email, customer.password))).toMatchObject({
      status: 200,
      body: { token_type: 'bearer', expires_in: 1800 },
    });
    expect(await send(form(customer.email, 'wrong password'))).toMatchObject({
      status: 401,
      body: { detail: '邮箱或密码错误', error: 'invalid_grant' },
    });
    expect(await send('username=x')).toMatchObject({ status: 422, body: { error: 'invalid_request' } });
  });

  it.each([undefined, 'nonsense', 'a.b.c'])('with the token %s is refused', async (token) => {
    const answer = await service.askAs(token)('GET', '/api/auth/me');
    expect(answer).toMatchObject({ status: 401, body: { detail: '无效的认证凭据' } });
  });

  it('tells a password of 128 characters from one that differs in the last', async () => {
    const password = '密'.repeat(127);
    const customer = await service.newCustomer(newEmail(), `${password}甲`);
    expect(await login(customer.email, `${password}甲`)).toMatchObject({ status: 200 });
    expect(await login(customer.email, `${password}乙`)).toMatchObject({ status: 401 });
  });

  it('is delayed after wrong passwords, but not from a device that signed in before', async () => {
    const customer = await service.newCustomer();
    const device = (await login(customer.email, customer.password)).headers.get('x-device-token');
    expect(device).toMatch(/^s1\./);
    let refused = await login(customer.email, 'wrong password');
    while (refused.status === 401) refused = await login(customer.email, 'wrong password');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const known = await call(`${service.url}/api/auth/login`, {
      body: { email: customer.email, password: customer.password },
      headers: { 'X-Device-Token': String(device) },
    });
    expect(known.status).toBe(200);
    expect(known.headers.getSetCookie()[0]).toMatch(
      /^device-customer-service=s1\..*; HttpOnly; SameSite=Strict$/,
    );
  });
});

describe('a session', () => {
  it('goes on with its refresh token, which changes each time', async () => {
    const customer = await service.newCustomer();
    const first = await refresh(customer.refreshToken);
    expect(first.status).toBe(200);
    expect(first.body.refresh_token).not.toBe(customer.refreshToken);
    expect(await me(first.body.access_token)).toMatchObject({ status: 200 });
    // The answer was lost: the same again.
    expect((await refresh(customer.refreshToken)).body.refresh_token).toBe(first.body.refresh_token);
    const second = await refresh(first.body.refresh_token);
    expect(second.status).toBe(200);
    // A token that was used up long ago: somebody has stolen one of the family.
    expect(await refresh(customer.refreshToken)).toMatchObject({ status: 401 });
    expect(await refresh(second.body.refresh_token)).toMatchObject({ status: 401 });
    expect(await me(second.body.access_token)).toMatchObject({ status: 401 });
  });

  it('ends when its user signs out', async () => {
    const customer = await service.newCustomer();
    expect(await customer.ask('POST', '/api/auth/logout')).toMatchObject({ status: 200 });
    expect(await me(customer.token)).toMatchObject({ status: 401 });
    expect(await refresh(customer.refreshToken)).toMatchObject({ status: 401 });
  });
});

describe('a forgotten password', () => {
  it('is replaced with a code by mail, and all that was signed in is out', async () => {
    const customer = await service.newCustomer();
    const code = await service.newCode(customer.email, '/api/auth/forgot-password').catch(async () => {
      await service.forgetSends();
      return service.newCode(customer.email, '/api/auth/forgot-password');
    });
    const body = { email: customer.email, verification_code: code, new_password: 'another password' };
    expect(await service.ask('POST', '/api/auth/reset-password', body)).toMatchObject({ status: 200 });
    expect(await me(customer.token)).toMatchObject({ status: 401 });
    expect(await refresh(customer.refreshToken)).toMatchObject({ status: 401 });
    expect(await login(customer.email, customer.password)).toMatchObject({ status: 401 });
    expect(await login(customer.email, 'another password')).toMatchObject({ status: 200 });
  });

  it('tells nobody who is registered', async () => {
    const email = newEmail();
    const answer = await service.ask('POST', '/api/auth/forgot-password', { email });
    expect(answer).toMatchObject({ status: 200, body: { message: '验证码已发送', email } });
    expect(service.peer.to(email)).toEqual([]);
  });
});

describe('the first operator', () => {
  it('is made once, however many instances start', async () => {
    await Promise.all([service.another(), service.another()]);
    expect(await service.database.collection('users').countDocuments({ email: operator.email })).toBe(1);
    const ask = await service.operate();
    expect(await ask('GET', '/api/auth/me')).toMatchObject({ body: { role: 'admin' } });
  });
});
