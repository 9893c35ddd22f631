import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, testStores, type AppProcess } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentOf, newMail, newPhone, operatorToken, type Envelope } from './testing/support.ts';

/*
 * The requests of document 004 as they are written there, through the gateway, in the order of the document. Codes
 * and pushes go through the notifier.
 */
const stores = testStores();
const dataDir = mkdtempSync(join(tmpdir(), 'app-support-'));
const apps: AppProcess[] = [];
let gateway: AppProcess;
let token = '';

beforeAll(async () => {
  const environment = { ...environmentOf(stores), DATA_DIR: dataDir };
  const [support, notifier] = await Promise.all([
    startApp('app-support', environment),
    startApp('notifier', { ...environment, MONGODB_DATABASE: `${stores.database}_notifier` }),
  ]);
  gateway = await startApp('gateway', {
    PORT: '0',
    APP_SUPPORT_URL: support.url,
    REDIS_URL: stores.redisUrl,
    REDIS_PREFIX: stores.redisPrefix,
  });
  apps.push(gateway, support, notifier);
});
afterAll(async () => {
  const codes = await Promise.all(apps.map((app) => app.stop()));
  rmSync(dataDir, { recursive: true, force: true });
  expect(codes).toEqual([0, 0, 0]);
});

interface Sent {
  body?: unknown;
  /** `Authorization`; the user's where it is not given. */
  authorization?: string;
  /** Sends the body in chunks, without a length. */
  chunked?: boolean;
}

/** `node:http`, because clients of the document send bodies with a GET. */
function send(method: string, path: string, sent: Sent = {}): Promise<Envelope & { status: number }> {
  return new Promise((resolve, reject) => {
    const text = sent.body === undefined ? undefined : JSON.stringify(sent.body);
    const headers: Record<string, string> = {
      'Content-Type': 'application/json; charset=utf-8',
      Authorization: sent.authorization ?? token,
      ...(text !== undefined && !sent.chunked && { 'Content-Length': String(Buffer.byteLength(text)) }),
    };
    const asked = request(gateway.url + path, { method, headers }, (response) => {
      response.setEncoding('utf8');
      let answer = '';
      response.on('data', (chunk: string) => (answer += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, ...(JSON.parse(answer) as Envelope) }),
      );
    });
    asked.on('error', reject);
    if (sent.chunked && text !== undefined) {
      asked.write(text.slice(0, 10));
      asked.end(text.slice(10));
    } else asked.end(text);
  });
}
const operate = (method: string, path: string, body?: unknown) =>
  send(method, `/app-support/api/admin${path}`, { body, authorization: operatorToken() });

/** What the development outbox has for an address. */
function outbox(to: string): { code: string | null; text: string }[] {
  const lines = readFileSync(join(dataDir, 'outbox.ndjson'), { encoding: 'utf8', flag: 'a+' }).split('\n');
  return lines
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { to: string; code: string | null; text: string })
    .filter((line) => line.to === to);
}
async function codeFor(to: string): Promise<string> {
  await expect.poll(() => outbox(to).length).toBeGreaterThan(0);
  return outbox(to).at(-1)?.code ?? '';
}

const done = { status: 200, code: 0, message: 'success', data: {} };
const time = expect.stringMatching(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/) as string;
const some = { number: expect.any(Number) as number, text: expect.any(String) as string };
const common = { id: some.number, app_id: '', created_at: time, updated_at: time };
const tokens = {
  access_token: expect.stringMatching(/^[A-Za-z0-9]{50}$/) as string,
  refresh_token: expect.stringMatching(/^[A-Za-z0-9]{50}$/) as string,
  expires_at: time,
  expires_in: 604_800,
};
const succeeds = (data: object) => ({
  status: 200,
  code: 0,
  message: 'success',
  data: expect.objectContaining(data) as object,
});
const page = (total: number, ...items: object[]) =>
  succeeds({
    total,
    pages: Math.ceil(total / 20),
    current_page: 1,
    page_size: 20,
    data: items.map((item) => expect.objectContaining(item) as object),
  });

const phone = newPhone();
const password = '一个足够长的中文密码';

describe('document 004', () => {
  it('POST /api/auth/send_code, check_code, register', async () => {
    const account = { area: '86', account: phone };
    expect(await send('POST', '/api/auth/send_code', { body: account })).toEqual(done);
    const code = await codeFor(`+86${phone}`);
    expect(outbox(`+86${phone}`)[0]?.text).toContain(code);
    expect(await send('POST', '/api/auth/check_code', { body: { ...account, code } })).toEqual(done);
    const register = await send('POST', '/api/auth/register', { body: { ...account, code, password } });
    expect(register).toEqual(succeeds(tokens));
  });

  it('POST /api/auth/register reaches this service also in chunks, and says so when it cannot tell', async () => {
    const mail = newMail();
    expect(await send('POST', '/api/auth/send_code', { body: { account: mail } })).toEqual(done);
    const body = { account: mail, code: await codeFor(mail), password };
    expect(await send('POST', '/api/auth/register', { body, chunked: true })).toEqual(succeeds(tokens));
    const both = await send('POST', '/api/auth/register', { body: { ...body, email: mail } });
    expect(both.status).toBe(422);
    const prefixed = await send('POST', '/app-support/api/auth/register', { body: { ...body, email: mail } });
    expect(prefixed).toMatchObject({ status: 200, code: 10008 });
  });

  it('POST /api/auth/access_token, refresh_token, destroy_token', async () => {
    const body = { area: '86', account: phone, password };
    const login = await send('POST', '/api/auth/access_token', { body });
    expect(login).toEqual(succeeds(tokens));
    const refresh = await send('POST', '/api/auth/refresh_token', {
      body: { refresh_token: login.data['refresh_token'] },
    });
    expect(refresh).toEqual(succeeds(tokens));
    const authorization = `Token ${String(refresh.data['access_token'])}`;
    expect(await send('POST', '/api/auth/destroy_token', { authorization })).toEqual(done);
    expect(await send('GET', '/api/personal/info', { authorization })).toMatchObject({ code: 10004 });
    token = `Token ${String((await send('POST', '/api/auth/access_token', { body })).data['access_token'])}`;
  });

  it('GET and PUT /api/personal/info', async () => {
    const info = {
      ...common,
      area: '86',
      phone,
      email: '',
      openid: expect.stringMatching(/^[A-Za-z0-9]{40}$/) as string,
      role: 0,
      username: phone,
      is_active: true,
      nickname: '',
      avatar: '',
      gender: 2,
      birthday: '',
      address: '',
    };
    expect(await send('GET', '/api/personal/info')).toEqual(succeeds(info));
    const change = { nickname: '昵称', gender: 1, birthday: '1991-03-08' };
    expect(await send('PUT', '/api/personal/info', { body: change })).toEqual(
      succeeds({ ...info, ...change }),
    );
  });

  it('POST /api/push/bind, GET and PUT /api/push/switch/{client_id}', async () => {
    const body = { client_id: 'xxxxxxx:yy', client_type: 'android' };
    const device = { ...common, ...body, user_id: some.number, switch: true };
    expect(await send('POST', '/api/push/bind', { body })).toEqual(succeeds(device));
    expect(await send('GET', '/api/push/switch/xxxxxxx:yy')).toEqual(succeeds(device));
    expect(await send('PUT', '/api/push/switch/xxxxxxx%3Ayy', { body: { switch: true } })).toEqual(done);
  });

  it('GET /api/faq and /api/faq/{id}', async () => {
    await operate('POST', '/faq', { title: '标题', content: '内容' });
    const faq = { ...common, title: '标题', content: '内容', category: '', external_link: '' };
    const list = await send('GET', '/api/faq?page_no=1&page_size=20');
    expect(list).toEqual(page(1, faq));
    const [first] = list.data['data'] as { id: number }[];
    expect(await send('GET', `/api/faq/${first?.id}`)).toEqual(succeeds(faq));
  });

  it('feedback, from the categories to the reply, and the count', async () => {
    await operate('POST', '/feedback_category', { name: 'app', description: 'app' });
    const categories = await send('GET', '/api/feedback_category');
    expect(categories).toEqual(page(1, { ...common, name: 'app', description: 'app' }));
    const [category] = categories.data['data'] as { id: number }[];
    const body = {
      feedback_content: '反馈内容',
      feedback_category_id: category?.id,
      contact_phone: '18656660930',
    };
    const feedback = { ...common, ...body, feedback_status: 0, user_id: some.number };
    const created = await send('POST', '/api/feedback', { body });
    expect(created).toEqual(succeeds(feedback));
    expect(await send('GET', '/api/feedback')).toEqual(page(1, feedback));
    const id = created.data['id'] as number;
    await operate('POST', `/feedback/${id}/reply`, { reply_content: '回复内容' });
    const count = await send('GET', '/api/message/count', { body: { push_ids: [1, 2, 3] } });
    expect(count).toEqual(succeeds({ push_count: 0, feedback_count: 1 }));
    expect(await send('GET', `/api/feedback/reply/${id}`)).toEqual(
      succeeds({
        ...common,
        reply_content: '回复内容',
        manager_id: some.number,
        feedback_id: id,
        is_read: false,
      }),
    );
    for (const query of ['push_ids=[1,2,3]', 'push_ids=1,2', 'push_ids=1&push_ids=2', 'push_ids[]=1'])
      expect(await send('GET', `/api/message/count?${query}`)).toEqual(
        succeeds({ push_count: 0, feedback_count: 0 }),
      );
    expect(await send('DELETE', `/api/feedback/${id}`)).toEqual(done);
  });

  it('GET /api/push/log and /api/push/log/{id}, DELETE /api/push/log/delete', async () => {
    const body = { push_title: '推送测试', push_body: '推送测试内容', push_scope: 0 };
    const composed = await operate('POST', '/push', body);
    const id = composed.data['id'] as number;
    const counts = () => operate('GET', `/push/${id}`).then(({ data }) => data);
    await expect.poll(counts).toMatchObject({ push_status: 1, targeted: 1, sent: 1, failed: 0, invalid: 0 });
    expect(outbox('xxxxxxx:yy').map(({ text }) => text)).toEqual(['推送测试内容']);
    const push = { ...common, ...body, manager_id: some.number };
    expect(await send('GET', '/api/push/log')).toEqual(page(1, { ...push, push_status: 1 }));
    expect(await send('GET', `/api/push/log/${id}`)).toEqual(succeeds(push));
    expect(await send('DELETE', '/api/push/log/delete')).toEqual(done);
    expect(await send('GET', '/api/push/log')).toEqual(page(0));
  });
});
