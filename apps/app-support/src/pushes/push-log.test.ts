import { testStores } from '@portico/testing';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSupport, type Envelope, type Support, type TestUser } from '../testing/support.ts';

const stores = testStores();
let support: Support;
let ada: TestUser;
let bob: TestUser;
beforeAll(async () => {
  support = await startSupport(stores);
  ada = await support.newUser();
  bob = await support.newUser();
});
afterAll(() => support.close());

interface Push {
  id: number;
  push_status: number;
}
interface Log {
  total: number;
  data: Push[];
}
/** Composes a push and waits until it has gone out. */
async function push(more: object = {}): Promise<number> {
  const body = { push_title: '推送测试', push_body: '推送测试内容', push_scope: 0, ...more };
  const { code, data } = await support.operate<Push>('POST', '/push', body);
  expect(code).toBe(0);
  const status = async () => (await support.operate<Push>('GET', `/push/${data.id}`)).data.push_status;
  await expect.poll(status).toBe(1);
  return data.id;
}
const log = async (user: TestUser) =>
  (await support.ask<Log>('GET', '/api/push/log?page_size=100', user.token)).data;
const ids = async (user: TestUser) => (await log(user)).data.map(({ id }) => id);
const count = async (user: TestUser, pushIds: number[] = []) =>
  (
    await support.ask<{ push_count: number }>(
      'GET',
      `/api/message/count?push_ids=${pushIds.join()}`,
      user.token,
    )
  ).data.push_count;
const hide = (user: TestUser, body?: unknown) =>
  support.ask('DELETE', '/api/push/log/delete', user.token, body);

describe('the push log', () => {
  it('shows what was pushed to everybody and to the user, newest first', async () => {
    const first = await push();
    const toAda = await push({ push_scope: 1, user_ids: [ada.id] });
    const toBob = await push({ push_scope: 1, user_ids: [bob.id, bob.id] });
    expect(await ids(ada)).toEqual([toAda, first]);
    expect(await ids(bob)).toEqual([toBob, first]);
    expect((await log(ada)).data[1]).toMatchObject({
      id: first,
      app_id: '',
      push_title: '推送测试',
      push_body: '推送测试内容',
      push_scope: 0,
      manager_id: 1,
      push_status: 1,
    });
    const detail = await support.ask('GET', `/api/push/log/${toAda}`, ada.token);
    expect(detail).toMatchObject({ code: 0, data: { id: toAda, push_scope: 1 } });
    expect((await support.ask('GET', `/api/push/log/${toBob}`, ada.token)).code).toBe(10001);
  });

  it('shows a new user nothing from before the registration', async () => {
    const before = await push();
    const user = await support.newUser();
    expect(await ids(user)).toEqual([]);
    expect(await count(user)).toBe(0);
    expect((await support.ask('GET', `/api/push/log/${before}`, user.token)).code).toBe(10001);
    const after = await push();
    expect(await ids(user)).toEqual([after]);
  });

  it('is cleared for the user who clears it, and fills again', async () => {
    const old = await push();
    const others = await ids(bob);
    expect(await hide(ada)).toEqual({ code: 0, message: 'success', data: {} });
    expect(await log(ada)).toMatchObject({ total: 0, data: [] });
    expect((await support.ask('GET', `/api/push/log/${old}`, ada.token)).code).toBe(10001);
    expect(await ids(bob)).toEqual(others);
    const next = await push();
    expect(await ids(ada)).toEqual([next]);
  });

  it('hides single pushes, of those that the user sees', async () => {
    const [a, b] = [await push(), await push()];
    const foreign = await push({ push_scope: 1, user_ids: [bob.id] });
    expect((await hide(ada, { ids: [a, foreign, 999_999] })).code).toBe(0);
    expect((await hide(ada, { ids: [a] })).code).toBe(0);
    expect(await ids(ada)).toContain(b);
    expect(await ids(ada)).not.toContain(a);
    expect((await support.ask('GET', `/api/push/log/${a}`, ada.token)).code).toBe(10001);
    expect(await ids(bob)).toEqual(expect.arrayContaining([a, b, foreign]));
    const hidden = await support.database.collection('hidden_pushes').countDocuments({ userId: ada.id });
    expect(hidden).toBe(1);
    expect((await hide(ada, { ids: ['x'] })).code).toBe(10005);
    expect((await support.ask('DELETE', `/api/push/log/delete?ids=${b}`, ada.token)).code).toBe(0);
    expect(await ids(ada)).not.toContain(b);
  });
});

describe('the count of pushes', () => {
  it('is of those that the client does not have', async () => {
    await hide(ada);
    const [a, b] = [await push(), await push()];
    expect(await count(ada)).toBe(2);
    expect(await count(ada, [a])).toBe(1);
    expect(await count(ada, [a, b, 999_999])).toBe(0);
    await hide(ada, { ids: [a] });
    expect(await count(ada)).toBe(1);
  });

  it.each([
    ['push_ids=[PUSH]'],
    ['push_ids=%5BPUSH%2C2%5D'],
    ['push_ids=PUSH,2'],
    ['push_ids=PUSH&push_ids=2'],
    ['push_ids[]=PUSH&push_ids[]=2'],
    ['push_ids%5B%5D=PUSH'],
  ])('understands %s', async (query) => {
    await hide(ada);
    const id = await push();
    expect(await count(ada)).toBe(1);
    const answer = await support.ask(
      'GET',
      `/api/message/count?${query.replaceAll('PUSH', String(id))}`,
      ada.token,
    );
    expect(answer).toEqual({ code: 0, message: 'success', data: { push_count: 0, feedback_count: 0 } });
  });

  it('understands a JSON body on the GET', async () => {
    await hide(ada);
    const id = await push();
    const answer = await getWithBody(`${support.url}/api/message/count`, ada.token, { push_ids: [id] });
    expect(answer).toEqual({ code: 0, message: 'success', data: { push_count: 0, feedback_count: 0 } });
  });

  it('needs the ids, 1,000 at most', async () => {
    const list = (length: number) => Array.from({ length }, (_, index) => index + 1).join();
    const ask = (query: string) => support.ask('GET', `/api/message/count${query}`, ada.token);
    expect(await ask('')).toMatchObject({ code: 10005, message: 'push_ids 不能为空', data: {} });
    expect((await ask('?push_ids=a')).code).toBe(10005);
    expect((await ask('?push_ids={"$gt":1}')).code).toBe(10005);
    expect((await ask(`?push_ids=${list(1000)}`)).code).toBe(0);
    expect((await ask(`?push_ids=${list(1001)}`)).code).toBe(10005);
    expect((await getWithBody(`${support.url}/api/message/count`, ada.token, { push_ids: 'x' })).code).toBe(
      10005,
    );
  });
});

/** As clients of the document do it, and `fetch` does not. */
function getWithBody(url: string, authorization: string, body: unknown): Promise<Envelope> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = {
      Authorization: authorization,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
    };
    const asked = request(url, { method: 'GET', headers }, (response) => {
      response.setEncoding('utf8');
      let answer = '';
      response.on('data', (chunk: string) => (answer += chunk));
      response.on('end', () => resolve(JSON.parse(answer) as Envelope));
    });
    asked.on('error', reject);
    asked.end(text);
  });
}
