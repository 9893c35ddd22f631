import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operator, startService, type Ask, type Service } from '../testing/support.ts';

const stores = testStores();
let service: Service;
let operate: Ask;
beforeAll(async () => {
  service = await startService(stores);
  operate = await service.operate();
});
afterAll(() => service.close());

describe('a profile', () => {
  it('is changed in part; null clears', async () => {
    const { ask } = await service.newCustomer();
    const profile = { full_name: '张三', phone_number: '+86-13800000000', bio: '负责北区客户成功支持。' };
    expect(await ask('PATCH', '/api/users/me', profile)).toMatchObject({ status: 200, body: profile });
    const changed = await ask('PATCH', '/api/users/me', {
      bio: null,
      avatar_url: 'https://cdn.example.com/a.png',
    });
    expect(changed.body).toMatchObject({
      full_name: '张三',
      bio: null,
      avatar_url: 'https://cdn.example.com/a.png',
      updated_at: expect.stringMatching(/Z$/) as string,
    });
  });

  it.each([
    [{}, 400, '未提供任何需要更新的字段'],
    [{ role: 'admin' }, 400, '未提供任何需要更新的字段'],
    [{ full_name: 'x'.repeat(65) }, 422, 'full_name'],
    [{ phone_number: 'x'.repeat(33) }, 422, 'phone_number'],
    [{ bio: 'x'.repeat(257) }, 422, 'bio'],
    [{ avatar_url: 'javascript:alert(1)' }, 422, 'avatar_url'],
    [{ full_name: { $set: 1 } }, 422, 'full_name'],
  ])('%j is refused', async (body, status, detail) => {
    const { ask } = await service.newCustomer();
    const answer = await ask<{ detail: string }>('PATCH', '/api/users/me', body);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(detail);
  });
});

describe('changing a password', () => {
  it('ends all tokens that were given out before', async () => {
    const customer = await service.newCustomer();
    const other = await service.signIn(customer.email, customer.password);
    const body = { old_password: customer.password, new_password: 'NewPassw0rd!' };
    const changed = await customer.ask('POST', '/api/users/me/change-password', body);
    expect(changed).toMatchObject({ status: 200, body: { message: '密码修改成功' } });
    for (const token of [customer.token, other.access_token])
      expect(await service.askAs(token)('GET', '/api/auth/me')).toMatchObject({ status: 401 });
    const refresh = (refresh_token: string) => service.ask('POST', '/api/auth/refresh', { refresh_token });
    expect(await refresh(other.refresh_token)).toMatchObject({ status: 401 });
    // The session that asked goes on.
    expect(await refresh(customer.refreshToken)).toMatchObject({ status: 200 });
    expect((await service.signIn(customer.email, 'NewPassw0rd!')).access_token).toMatch(/\S/);
  });

  it('succeeds once of eight at the same time with one old password', async () => {
    const customer = await service.newCustomer();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        customer.ask('POST', '/api/users/me/change-password', {
          old_password: customer.password,
          new_password: `NewPassw0rd ${n}`,
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.each([
    [{ old_password: 'wrong password', new_password: 'NewPassw0rd!' }, 400, '当前密码不正确'],
    [{ old_password: 'mypassword123', new_password: 'mypassword123' }, 400, '新密码不能与当前密码相同'],
    [{ old_password: 'mypassword123', new_password: 'short' }, 422, '密码长度至少为8位'],
    [{ new_password: 'NewPassw0rd!' }, 422, 'old_password'],
  ])('with %j is refused', async (body, status, detail) => {
    const { ask } = await service.newCustomer();
    const answer = await ask<{ detail: string }>('POST', '/api/users/me/change-password', body);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(detail);
  });
});

describe('an operator', () => {
  it('disables a user, who is out at once', async () => {
    const customer = await service.newCustomer();
    const disabled = await operate('PATCH', `/api/admin/users/${customer.id}`, { is_active: false });
    expect(disabled).toMatchObject({ status: 200, body: { is_active: false } });
    const refusal = { status: 403, body: { detail: '账号已被禁用' } };
    expect(await customer.ask('GET', '/api/users/me')).toMatchObject(refusal);
    const { email, password } = customer;
    expect(await service.ask('POST', '/api/auth/login', { email, password })).toMatchObject(refusal);
    const refreshed = await service.ask('POST', '/api/auth/refresh', {
      refresh_token: customer.refreshToken,
    });
    expect([401, 403]).toContain(refreshed.status);
    await operate('PATCH', `/api/admin/users/${customer.id}`, { is_active: true });
    // The old token stays dead; the user may sign in again.
    expect(await customer.ask('GET', '/api/users/me')).toMatchObject({ status: 401 });
    expect((await service.signIn(email, password)).access_token).toMatch(/\S/);
  });

  it('makes another operator, whom the other services learn to refuse again', async () => {
    const customer = await service.newCustomer();
    await operate('PATCH', `/api/admin/users/${customer.id}`, { role: 'admin' });
    const { access_token } = await service.signIn(customer.email, customer.password);
    expect(await service.askAs(access_token)('GET', '/api/admin/users')).toMatchObject({ status: 200 });
    await operate('PATCH', `/api/admin/users/${customer.id}`, { role: 'user' });
    expect(await service.askAs(access_token)('GET', '/api/admin/users')).toMatchObject({ status: 401 });
    const { createRevocations } = await import('@portico/auth');
    const { connectRedis } = await import('@portico/queue');
    const redis = connectRedis({ url: stores.redisUrl, name: 'test' });
    const revocations = createRevocations({ redis, prefix: stores.redisPrefix, lifetime: 1800 });
    const claims = {
      subject: customer.id,
      role: 'admin',
      version: 2,
      email: undefined,
      issuedAt: 0,
      expiresAt: 0,
    };
    await expect.poll(() => revocations.isCurrent(claims).catch(() => 'away')).toBe(false);
    redis.disconnect();
  });

  it('changes nothing of himself', async () => {
    const { body } = await operate<{ id: string }>('GET', '/api/auth/me');
    const answer = await operate('PATCH', `/api/admin/users/${body.id}`, { is_active: false });
    expect(answer).toMatchObject({ status: 400 });
  });

  it('finds users by part of their address', async () => {
    const customer = await service.newCustomer();
    const { body } = await operate<{ total: number; items: { email: string }[] }>(
      'GET',
      `/api/admin/users?email=${customer.email.slice(0, -4).toUpperCase()}`,
    );
    expect(body).toMatchObject({ total: 1, items: [{ email: customer.email }] });
    const all = await operate<{ total: number }>('GET', '/api/admin/users?limit=100');
    expect(all.body.total).toBe(await service.database.collection('users').countDocuments());
    expect(JSON.stringify(all.body)).toContain(operator.email);
    expect(JSON.stringify(all.body)).not.toContain('password');
  });

  it.each(['507f1f77bcf86cd799439011', 'nonsense'])('finds no user %s', async (id) => {
    const answer = await operate('PATCH', `/api/admin/users/${id}`, { is_active: false });
    expect(answer).toMatchObject({ status: 404, body: { detail: '用户不存在' } });
  });

  it('must say what to change', async () => {
    const customer = await service.newCustomer();
    expect(await operate('PATCH', `/api/admin/users/${customer.id}`, {})).toMatchObject({ status: 422 });
  });
});
