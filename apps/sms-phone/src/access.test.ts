import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorToken, startService, type Body, type Service } from './testing/support.ts';

const stores = testStores();
let service: Service;
beforeAll(async () => (service = await startService(stores)));
afterAll(() => service.close());

const routesOf = (access: string) => service.routes.filter((route) => route.access.name === access);

describe('a user', () => {
  it('needs a token everywhere but where tokens are got', async () => {
    expect(routesOf('user').length).toBeGreaterThan(7);
    for (const { method, path } of routesOf('user')) {
      for (const query of ['', '?token=nonsense'])
        expect(await call<Body>(service.url + path + query, { method }), path).toMatchObject({ status: 401 });
    }
    expect(routesOf('public').map(({ path }) => path)).toEqual([
      '/api/register',
      '/api/login',
      '/api/change_password',
      '/api/test',
      '/inbound/webhook',
      '/inbound/twilio',
    ]);
  });

  it('has what the documents have as GET by POST too', async () => {
    const user = await service.newUser(1);
    for (const { path, unsafeGet } of routesOf('user')) expect(unsafeGet, path).toBe(true);
    const answer = await call<Body>(`${service.url}/api/balance`, { body: { token: user.token } });
    expect(answer).toMatchObject({ status: 200, body: { balance: 1 } });
    const bearer = { Authorization: `Bearer ${user.token}` };
    expect(await call(`${service.url}/api/balance`, { headers: bearer })).toMatchObject({ status: 200 });
  });

  it('reaches no number of another by any route that takes one', async () => {
    const owner = await service.newUser(5);
    await service.addNumbers(['13800009999']);
    const query = { project_id: await service.newProject(), phone: '13800009999' };
    expect((await owner.ask('/api/get_specified_phone', query)).body.code).toBe(0);
    const stranger = await service.newUser(5);
    const taking = ['/api/get_sms_code', '/api/release_phone', '/api/blacklist_phone'];
    for (const path of taking) expect((await stranger.ask(path, query)).status, path).toBe(404);
    // Whoever adds a route that takes a number says here that it is checked.
    const paths = routesOf('user')
      .filter(({ query: schema }) => schema && 'phone' in (schema as unknown as { shape: object }).shape)
      .map(({ path }) => path);
    expect(paths.sort()).toEqual([...taking, '/api/get_specified_phone'].sort());
  });
});

describe('administration', () => {
  it('is for operators alone', async () => {
    const user = await service.newUser();
    const routes = service.routes.filter(({ path }) => path.startsWith('/api/admin/'));
    expect(routes).toEqual(routesOf('operator'));
    for (const { method, path } of routes) {
      const ask = (Authorization?: string) =>
        call<Body>(service.url + path.replace(/:\w+/, 'x'), {
          method,
          ...(Authorization && { headers: { Authorization } }),
        });
      const name = `${method} ${path}`;
      expect(await ask(), name).toMatchObject({ status: 401, body: { success: false } });
      expect(await ask(`Bearer ${user.token}`), name).toMatchObject({ status: 401 });
      expect(await ask(operatorToken('user')), name).toMatchObject({ status: 403, body: { success: false } });
    }
  });
});

describe('whatever is wrong', () => {
  it.each([
    ['an unknown path', '/api/nowhere', undefined, 404],
    ['malformed JSON', '/api/login', '{"username":', 400],
    ['a list for an object', '/api/login', '[]', 400],
    ['an operator for a name', '/api/login', { username: { $ne: 1 }, password: 'x' }, 400],
    ['too large a body', '/api/login', 'x'.repeat(200_000), 413],
  ])('%s is answered in the envelope', async (_name, path, body, status) => {
    const answer = await call<Body>(service.url + path, { method: 'POST', body });
    expect(answer).toMatchObject({ status, body: { success: false } });
    expect(answer.body.message).toMatch(/\S/);
  });
});

it('documents all of its routes', async () => {
  const { body } = await call<{ paths: Record<string, object> }>(`${service.url}/openapi.json`);
  for (const { method, path } of service.routes)
    expect(body.paths[path.replace(/:(\w+)/g, '{$1}')], path).toHaveProperty(method.toLowerCase());
  expect(body.paths['/api/get_phone']).toHaveProperty('post');
});
