import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { scopes, type Scope } from './keys/scopes.ts';
import {
  operatorToken,
  rowsOf,
  startInstance,
  startPool,
  type Envelope,
  type Instance,
  type Listed,
  type Pool,
} from './testing/support.ts';

const stores = testStores();
/** As in production: keys are required. */
let guarded: Instance;
/** As in development: nobody needs one. */
let open: Pool;
beforeAll(async () => {
  open = await startPool(stores);
  guarded = await startInstance(stores, { ACCOUNT_POOL_AUTH: 'required' });
  await open.redis();
  await vi.waitFor(async () => expect(await guarded.checks.redis()).toBeUndefined(), { timeout: 120_000 });
  await open.upload(rowsOf(5), 'alice');
  await open.upload(rowsOf(5), 'bob');
});
afterAll(async () => {
  await guarded.close();
  await open.close();
});

const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
  call<Envelope>(guarded.url + path, { method, headers, body });
const withKey = (key: string) => ({ 'X-Api-Key': key });

interface NewKey {
  id: number;
  key: string;
}
async function makeKey(ownerId: string, wanted: readonly Scope[], expiresAt?: string): Promise<NewKey> {
  const body = { ownerId, scopes: wanted, expiresAt };
  const { data } = await open.operate<NewKey>('POST', '/keys', body);
  return data;
}
const ids = async (ownerId: string) => (await open.list({ ownerId })).map(({ id }) => id);

/** A path that reaches the handler, and a body that passes validation. */
const samplePath = (path: string, owner: string) =>
  path
    .replace(':ownerId', owner)
    .replace(':accountId', '1')
    .replace(':newStatus', 'used')
    .replace(':id', '1')
    .concat(path.endsWith('/acquire') ? '?platform=example' : '');

describe('every route', () => {
  it('asks for a key, or an operator', async () => {
    expect(guarded.routes.length).toBeGreaterThan(10);
    for (const { method, path, access } of guarded.routes) {
      expect(['owner', 'web', 'admin'], path).toContain(access.name);
      const answer = await ask(method, samplePath(path, 'alice'));
      expect(answer, `${method} ${path}`).toMatchObject({ status: 401, body: { code: 4001, data: null } });
    }
  });

  it('of scripts is closed to keys of other owners', async () => {
    const { key } = await makeKey('bob', scopes);
    const routes = guarded.routes.filter(({ path }) => path.includes(':ownerId'));
    expect(routes.length).toBeGreaterThan(4);
    for (const { method, path } of routes) {
      const answer = await ask(method, samplePath(path, 'alice'), withKey(key));
      expect(answer, `${method} ${path}`).toMatchObject({ status: 403, body: { code: 4001 } });
    }
  });

  it('of administration is closed to customers and to keys of one owner', async () => {
    const { key } = await makeKey('alice', scopes);
    const routes = guarded.routes.filter(({ path }) => path.startsWith('/api/admin/'));
    expect(routes.every(({ access }) => access.name === 'admin')).toBe(true);
    for (const { method, path } of routes) {
      const customer = await ask(method, samplePath(path, ''), { Authorization: operatorToken('user') });
      expect(customer, path).toMatchObject({ status: 403, body: { code: 4001, data: null } });
      expect(await ask(method, samplePath(path, ''), withKey(key)), path).toMatchObject({ status: 403 });
    }
    // Administration is guarded also where nothing else is.
    const answer = await call<Envelope>(`${open.url}/api/admin/keys`);
    expect(answer).toMatchObject({ status: 401, body: { code: 4001 } });
  });
});

describe('a key', () => {
  it('opens what its scopes say, for its owner', async () => {
    const { key } = await makeKey('alice', ['acquire']);
    const acquire = '/s/v1/alice/acquire?platform=example';
    expect(await ask('GET', acquire, withKey(key))).toMatchObject({ status: 200, body: { code: 0 } });
    expect(await ask('GET', acquire, { Authorization: `Bearer ${key}` })).toMatchObject({
      body: { code: 0 },
    });
    expect(await ask('GET', `${acquire}&key=${key}`)).toMatchObject({ body: { code: 0 } });
    const upload = await ask('POST', '/s/v1/alice/upload', withKey(key), rowsOf(1));
    expect(upload).toMatchObject({ status: 403, body: { code: 4001 } });
    expect(await ask('GET', acquire, withKey(`${key.slice(0, -1)}x`))).toMatchObject({ status: 401 });
  });

  it('shows the web the accounts of its owner alone', async () => {
    const { key } = await makeKey('alice', ['list', 'update', 'export']);
    const web = <Data>(path: string, body: unknown) =>
      call<Envelope<Data>>(`${guarded.url}/web/v1/accounts/${path}`, { headers: withKey(key), body });
    const { body } = await web<{ list: Listed[]; pagination: { total: number } }>('list', {});
    expect(body.data.pagination.total).toBe(5);
    expect(new Set(body.data.list.map(({ ownerId }) => ownerId))).toEqual(new Set(['alice']));
    expect(await web('list', { filters: { ownerId: 'bob' } })).toMatchObject({ status: 403 });

    const foreign = await ids('bob');
    expect(await web('delete-batch', { ids: foreign })).toMatchObject({
      body: { data: { deletedCount: 0 } },
    });
    const update = (payload: object) => web('update-batch', { ids: foreign, payload });
    expect(await update({ status: 'x' })).toMatchObject({ body: { data: { updatedCount: 0 } } });
    expect(await update({ ownerId: 'alice' })).toMatchObject({ body: { data: { updatedCount: 0 } } });
    const give = { ids: await ids('alice'), payload: { ownerId: 'bob' } };
    expect(await web('update-batch', give)).toMatchObject({ status: 403 });
    expect(await web('export', { ids: foreign, mode: 'text' })).toMatchObject({ body: { code: 1001 } });
    expect(await ids('bob')).toEqual(foreign);

    const stats = await ask('GET', '/web/v1/stats/overview', withKey(key));
    expect(stats.body.data).toMatchObject({ totalAccounts: 5, ownerSummary: { alice: 5 } });
  });

  it('of all owners may administer', async () => {
    const { key } = await makeKey('*', ['admin']);
    expect(await ask('GET', '/api/admin/keys', withKey(key))).toMatchObject({ body: { code: 0 } });
    expect(await ask('GET', '/s/v1/alice/acquire?platform=x', withKey(key))).toMatchObject({ status: 403 });
  });

  it('is shown once and stored as a digest', async () => {
    const { key, id } = await makeKey('alice', ['list']);
    expect(key).toMatch(/^pk_/);
    const stored = JSON.stringify(await open.database.collection('keys').findOne({ _id: id as never }));
    expect(stored).not.toContain(key);
    const { data } = await open.operate<{ list: object[] }>('GET', '/keys?pageSize=100');
    expect(JSON.stringify(data)).not.toContain(key);
    expect(JSON.stringify(data)).not.toContain('hash');
  });

  it('has its last use noted', async () => {
    const { key, id } = await makeKey('alice', ['list']);
    await ask('GET', '/web/v1/stats/overview', withKey(key));
    const lastUsed = async () =>
      (
        await open.operate<{ list: { id: number; lastUsedAt: string | null }[] }>('GET', '/keys?pageSize=100')
      ).data.list.find((one) => one.id === id)?.lastUsedAt;
    await expect.poll(lastUsed).toMatch(/Z$/);
  });

  it('ends when it is revoked, everywhere', async () => {
    const { key, id } = await makeKey('alice', ['list']);
    const status = async () => (await ask('GET', '/web/v1/stats/overview', withKey(key))).status;
    expect(await status()).toBe(200);
    expect(await open.operate('DELETE', `/keys/${id}`)).toMatchObject({ code: 0, data: { revokedId: id } });
    expect(await open.operate('DELETE', `/keys/${id}`)).toMatchObject({ code: 1001 });
    await expect.poll(status).toBe(401);
  });

  it('ends when its time is up', async () => {
    const { key, id } = await makeKey('alice', ['list'], new Date(Date.now() + 3_600_000).toISOString());
    await open.database
      .collection('keys')
      .updateOne({ _id: id as never }, { $set: { expiresAt: new Date(Date.now() - 1) } });
    expect((await ask('GET', '/web/v1/stats/overview', withKey(key))).status).toBe(401);
  });

  it.each([
    [{ ownerId: 'a', scopes: [] }, 'scopes'],
    [{ ownerId: 'a', scopes: ['root'] }, 'scopes[0]'],
    [{ scopes: ['list'] }, 'ownerId'],
    [{ ownerId: { $ne: 1 }, scopes: ['list'] }, 'ownerId'],
    [{ ownerId: 'a', scopes: ['list'], expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ ownerId: 'a', scopes: ['list'], expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
  ])('is not made from %j', async (body, field) => {
    const answer = await open.operate('POST', '/keys', body);
    expect(answer).toMatchObject({ code: 2001, data: null });
    expect(answer.message.startsWith(`${field}: `), answer.message).toBe(true);
  });
});

describe('an operator', () => {
  it('sees all accounts, and is named in the audit trail', async () => {
    const headers = { Authorization: operatorToken('admin', 'op-7') };
    const list = await ask('POST', '/web/v1/accounts/list', headers, {
      pagination: { page: 1, pageSize: 100 },
    });
    expect(list.body).toMatchObject({ code: 0, data: { pagination: { total: 10 } } });
    const [id] = await ids('bob');
    await ask('POST', '/web/v1/accounts/update-batch', headers, { ids: [id], payload: { notes: 'seen' } });
    const { data } = await open.operate<{ list: { by: string }[] }>('GET', `/audit?accountId=${id}`);
    expect(data.list[0]?.by).toBe('operator:op-7');
  });
});

describe('while Redis is away', () => {
  it('scripts and the web go on, administration does not', async () => {
    const cutOff = await open.another({ REDIS_URL: 'redis://127.0.0.1:1' });
    const acquire = await call<Envelope>(`${cutOff.url}/s/v1/bob/acquire?platform=example`);
    expect(acquire).toMatchObject({ status: 200, body: { code: 0 } });
    const admin = await call<Envelope>(`${cutOff.url}/api/admin/keys`, {
      headers: { Authorization: operatorToken() },
    });
    expect(admin).toMatchObject({ status: 503, body: { code: 5001, data: null } });
    expect(await cutOff.checks.redis()).toMatch(/\S/);
    expect(await cutOff.checks.mongodb()).toBeUndefined();
  });
});

it('documents all of its routes', async () => {
  const { body } = await call<{ paths: Record<string, Record<string, { security: object[] }>> }>(
    `${open.url}/openapi.json`,
  );
  for (const { method, path } of open.routes) {
    expect(body.paths[path.replace(/:(\w+)/g, '{$1}')], path).toHaveProperty(method.toLowerCase());
  }
  expect(body.paths['/s/v1/{ownerId}/acquire']).toHaveProperty('post');
});
