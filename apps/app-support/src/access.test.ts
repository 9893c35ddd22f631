import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  operatorToken,
  startSupport,
  type Envelope,
  type Support,
  type TestUser,
} from './testing/support.ts';

const stores = testStores();
let support: Support;
let owner: TestUser;
let stranger: TestUser;
beforeAll(async () => {
  support = await startSupport(stores);
  owner = await support.newUser();
  stranger = await support.newUser();
});
afterAll(() => support.close());

interface Made {
  id: number;
}
const make = async (path: string, body: unknown) =>
  (await support.ask<Made>('POST', path, owner.token, body)).data.id;
const operate = async (path: string, body: unknown) =>
  (await support.operate<Made>('POST', path, body)).data.id;

/** For each path of users that takes an id: how to get the id of somebody else's object. */
const foreign: Record<string, () => Promise<number | string>> = {
  '/api/personal/sessions/:session_id': async () => {
    const { data } = await support.ask<{ data: { id: string }[] }>(
      'GET',
      '/api/personal/sessions',
      owner.token,
    );
    return data.data[0]?.id ?? '';
  },
  '/api/push/bind/:client_id': () => bindDevice(),
  '/api/push/switch/:client_id': () => bindDevice(),
  '/api/push/log/:id': () =>
    operate('/push', { push_title: '标题', push_body: '内容', push_scope: 1, user_ids: [owner.id] }),
  '/api/feedback/:id': () => make('/api/feedback', { feedback_content: '问题' }),
  '/api/feedback/reply/:feedback_id': async () => {
    const id = await make('/api/feedback', { feedback_content: '问题' });
    await operate(`/feedback/${id}/reply`, { reply_content: '回复' });
    return id;
  },
};
/** Paths whose ids are of what everybody may read. */
const shared = ['/api/faq/:id'];

async function bindDevice(): Promise<string> {
  await make('/api/push/bind', { client_id: 'device:1', client_type: 'ios' });
  return 'device:1';
}

/** Bodies that pass validation, so that it is the owner that is missing. */
const bodies: Record<string, unknown> = { 'PUT /api/push/switch/:client_id': { switch: true } };

const routesOf = (access: string) => support.routes.filter((route) => route.access.name === access);

describe('a user', () => {
  it('reaches nothing of another by any route that takes an id', async () => {
    const routes = routesOf('user').filter(({ path }) => path.includes(':') && !shared.includes(path));
    expect(routes.length).toBeGreaterThan(5);
    for (const { method, path } of routes) {
      const idOf = foreign[path];
      if (!idOf) throw new Error(`${path} takes an id: say here how to get somebody else's`);
      const target = path.replace(/:\w+/, encodeURIComponent(await idOf()));
      const answer = await support.ask(method, target, stranger.token, bodies[`${method} ${path}`]);
      expect(answer, `${method} ${path}`).toEqual({ code: 10001, message: '数据未查到', data: {} });
    }
  });

  it('needs a token everywhere but where tokens are got', async () => {
    for (const { method, path } of routesOf('user')) {
      const answer = await support.ask(method, path.replace(/:\w+/, '1'));
      expect(answer, `${method} ${path}`).toMatchObject({ code: 10004, data: {} });
    }
    expect(routesOf('public').map(({ path }) => path)).toEqual([
      '/api/auth/send_code',
      '/api/auth/check_code',
      '/api/auth/register',
      '/api/auth/access_token',
      '/api/auth/code_token',
      '/api/auth/refresh_token',
      '/api/auth/reset_password',
    ]);
  });
});

describe('administration', () => {
  it('is for operators alone', async () => {
    const routes = support.routes.filter(({ path }) => path.startsWith('/api/admin/'));
    expect(routes).toEqual(routesOf('operator'));
    for (const { method, path } of routes) {
      const url = support.url + path.replace(/:\w+/, '1');
      const ask = (Authorization?: string) =>
        call<Envelope>(url, { method, ...(Authorization && { headers: { Authorization } }) });
      const name = `${method} ${path}`;
      expect(await ask(), name).toMatchObject({ status: 401, body: { code: 10004, data: {} } });
      expect(await ask(owner.token), name).toMatchObject({ status: 401, body: { code: 10004 } });
      expect(await ask(operatorToken('user')), name).toMatchObject({ status: 403, body: { code: 10003 } });
    }
  });

  it('is refused to an operator whose tokens were revoked', async () => {
    const { createRevocations } = await import('@portico/auth');
    const { connectRedis } = await import('@portico/queue');
    const redis = connectRedis({ url: stores.redisUrl, name: 'test' });
    const revocations = createRevocations({ redis, prefix: stores.redisPrefix, lifetime: 1800 });
    await expect
      .poll(() =>
        revocations.revokeBefore('former-operator', 2).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    redis.disconnect();
    const ask = (subject: string) =>
      support.ask('GET', '/api/admin/faq', operatorToken('admin', subject)).then(({ code }) => code);
    expect([await ask('former-operator'), await ask('operator-1')]).toEqual([10004, 0]);
  });
});

describe('whatever is wrong', () => {
  it.each([
    ['an unknown path', 'GET', '/api/nowhere', undefined, 404, 10002],
    ['malformed JSON', 'POST', '/api/auth/send_code', '{"account":', 400, 10005],
    ['a list for an object', 'POST', '/api/auth/send_code', '[]', 200, 10005],
    [
      'an operator for a string',
      'POST',
      '/api/auth/access_token',
      { account: { $ne: 1 }, password: 'x' },
      200,
      10005,
    ],
    ['too large a body', 'POST', '/api/auth/send_code', 'x'.repeat(200_000), 413, 10005],
  ])('%s is answered in the envelope', async (_name, method, path, body, status, code) => {
    const answer = await call<Envelope>(support.url + path, { method, body });
    expect(answer).toMatchObject({ status, body: { code, data: {} } });
    expect(answer.body.message).toMatch(/\S/);
  });

  it('carries a status where that is wanted', async () => {
    const mirror = await support.another({ environment: { HTTP_STATUS_MODE: 'mirror' } });
    const answer = await call<Envelope>(`${mirror.url}/api/personal/info`);
    expect(answer).toMatchObject({ status: 401, body: { code: 10004 } });
  });
});

it('documents all of its routes', async () => {
  const { body } = await call<{ paths: Record<string, Record<string, { security: object[] }>> }>(
    `${support.url}/openapi.json`,
  );
  for (const { method, path } of support.routes) {
    const documented = body.paths[path.replace(/:(\w+)/g, '{$1}')];
    expect(documented, path).toHaveProperty(method.toLowerCase());
  }
  expect(body.paths['/api/feedback/reply/{feedback_id}']).toHaveProperty('post');
  expect(body.paths['/api/push/bind']?.['post']?.security).toEqual([{ token: [] }]);
});
