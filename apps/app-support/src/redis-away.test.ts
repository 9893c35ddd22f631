import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  newPhone,
  operatorToken,
  startSupport,
  type Envelope,
  type Instance,
  type Support,
  type TestUser,
} from './testing/support.ts';

const stores = testStores();
let support: Support;
let cutOff: Instance;
let user: TestUser;
beforeAll(async () => {
  support = await startSupport(stores);
  user = await support.newUser();
  cutOff = await support.another({ environment: { REDIS_URL: 'redis://127.0.0.1:1' }, withoutRedis: true });
});
afterAll(() => support.close());

describe('while Redis is away', () => {
  it('users go on as before', async () => {
    const ask = (method: string, path: string, body?: unknown) => cutOff.ask(method, path, user.token, body);
    expect((await ask('GET', '/api/personal/info')).code).toBe(0);
    expect((await ask('PUT', '/api/personal/info', { nickname: '阿达' })).code).toBe(0);
    expect((await ask('POST', '/api/push/bind', { client_id: 'x', client_type: 'ios' })).code).toBe(0);
    expect((await ask('POST', '/api/feedback', { feedback_content: '问题' })).code).toBe(0);
    expect((await ask('GET', '/api/push/log')).code).toBe(0);
    const refreshed = await cutOff.ask('POST', '/api/auth/refresh_token', undefined, {
      refresh_token: user.refreshToken,
    });
    expect(refreshed.code).toBe(0);
  });

  it.each([
    ['/api/auth/send_code', { account: newPhone() }],
    ['/api/auth/check_code', { account: newPhone(), code: '123456' }],
    ['/api/auth/access_token', { account: newPhone(), password: 'correct horse' }],
  ])('nobody guesses: %s is refused', async (path, body) => {
    const started = performance.now();
    const answer = await call<Envelope>(cutOff.url + path, { body });
    expect(answer).toMatchObject({ status: 503, body: { code: 10000, data: {} } });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    // Without a time limit it would wait for ever.
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  it('nobody administers unchecked', async () => {
    const headers = { Authorization: operatorToken() };
    const answer = await call<Envelope>(`${cutOff.url}/api/admin/faq`, { headers });
    expect(answer).toMatchObject({ status: 503, body: { code: 10000, data: {} } });
  });

  it('readiness says so', async () => {
    expect(await cutOff.checks.redis()).toMatch(/\S/);
    expect(await cutOff.checks.mongodb()).toBeUndefined();
  });
});
