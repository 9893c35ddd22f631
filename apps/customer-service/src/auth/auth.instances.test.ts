import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newEmail, startService, type Service } from '../testing/support.ts';

/* What one instance would count or forget alone: two of them behind a gateway share their budgets and their users. */
const stores = testStores();
let service: Service;
let urls: string[];
beforeAll(async () => {
  service = await startService(stores);
  urls = [service.url, (await service.another()).url];
});
afterAll(() => service.close());

/** Posts to the instances in turn, all at once. */
const postToAll = (times: number, path: string, body: object) =>
  Promise.all(
    Array.from({ length: times }, (_, nth) =>
      call(`${urls[nth % urls.length] ?? ''}${path}`, { method: 'POST', body }),
    ),
  );
const countOf = (answers: { status: number }[], expected: number) =>
  answers.filter(({ status }) => status === expected).length;
const registration = (email: string, verification_code: string) => ({
  email,
  password: 'mypassword123',
  verification_code,
});

describe('two instances', () => {
  it('register once of 50 at once with the right code', async () => {
    const email = newEmail();
    const answers = await postToAll(
      50,
      '/api/auth/register',
      registration(email, await service.newCode(email)),
    );
    expect([countOf(answers, 201), countOf(answers, 400)]).toEqual([1, 49]);
    expect(await service.database.collection('users').countDocuments({ email })).toBe(1);
  });

  it('share the guesses of a code', async () => {
    const email = newEmail();
    const code = await service.newCode(email);
    const wrong = code === '000000' ? '000001' : '000000';
    // Three each are fewer than five; together they are more.
    expect(countOf(await postToAll(6, '/api/auth/register', registration(email, wrong)), 400)).toBe(6);
    for (const answer of await postToAll(2, '/api/auth/register', registration(email, code)))
      expect(answer).toMatchObject({ status: 400, body: { detail: '验证码无效或已过期' } });
  });

  it('share the interval between two codes', async () => {
    const answers = await postToAll(10, '/api/auth/send-code', { email: newEmail() });
    expect([countOf(answers, 200), countOf(answers, 429)]).toEqual([1, 9]);
  });

  it('share the tries of a password', async () => {
    const { email } = await service.newCustomer();
    const tries = await postToAll(30, '/api/auth/login', { email, password: 'wrong password' });
    // So many at once, and the few that their delays let through while the requests come in.
    expect(countOf(tries, 401)).toBeGreaterThanOrEqual(16);
    expect(countOf(tries, 401)).toBeLessThanOrEqual(22);
    expect(countOf(tries, 401) + countOf(tries, 429)).toBe(30);
  });

  it('turn away soon, both of them, who was disabled or has signed out at one', async () => {
    const operate = await service.operate();
    const statusesOf = (token: string) =>
      Promise.all(
        urls.map(async (url) => {
          const headers = { Authorization: `Bearer ${token}` };
          return (await call(`${url}/api/auth/me`, { headers })).status;
        }),
      );
    const [disabled, gone] = [await service.newCustomer(), await service.newCustomer()];
    expect(await statusesOf(disabled.token)).toEqual([200, 200]);
    expect(await statusesOf(gone.token)).toEqual([200, 200]);
    await operate('PATCH', `/api/admin/users/${disabled.id}`, { is_active: false });
    await gone.ask('POST', '/api/auth/logout');
    await expect.poll(() => statusesOf(disabled.token)).toEqual([403, 403]);
    await expect.poll(() => statusesOf(gone.token)).toEqual([401, 401]);
  });
});
