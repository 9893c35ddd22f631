import { call } from '@portico/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { raw, statuses } from '../testing/raw.ts';
import { startStub, type StubService } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';
import { services } from '../services.ts';

const serviceNames = services.map(({ name }) => name);
const stubs: Record<string, StubService> = Object.fromEntries(
  await Promise.all(serviceNames.map(async (name) => [name, await startStub(name)] as const)),
);
const gateway = await startTestGateway(stubs);
const seenAnywhere = () => serviceNames.flatMap((name) => stubs[name]?.seen ?? []);
beforeEach(() => serviceNames.forEach((name) => stubs[name]?.seen.splice(0)));

interface Echo {
  service: string;
  url: string;
}

/** Contract: one host, the whole table of verbatim paths. */
const verbatim: Record<string, string[]> = {
  'account-pool': [
    '/s/v1/owner/acquire?platform=x&count=1',
    '/s/v1/owner/update/1/sold?notes=n',
    '/s/v1/owner/upload',
    '/web/v1/accounts/list',
    '/web/v1/stats/overview',
  ],
  'sms-phone': [
    ...['register', 'login', 'recharge', 'balance', 'change_password', 'search_projects', 'get_phone'],
    ...['get_specified_phone', 'get_sms_code', 'release_phone', 'blacklist_phone', 'test'],
  ].map((name) => `/api/${name}?token=t`),
  'customer-service': [
    ...['send-code', 'login', 'token', 'me'].map((name) => `/api/auth/${name}`),
    '/api/users/me',
    '/api/users/me/change-password',
    '/api/tickets',
    '/api/tickets?skip=0&limit=10',
    '/api/tickets/507f1f77bcf86cd799439012',
    '/api/business-accounts/me/apply',
    '/api/contracts/me',
    '/api/contracts/1/sign-status',
    '/api/projects/me',
    '/api/projects/files/1/download-url',
    '/api/owa/info',
  ],
  'app-support': [
    ...['send_code', 'check_code', 'access_token', 'refresh_token', 'destroy_token'].map(
      (name) => `/api/auth/${name}`,
    ),
    '/api/personal/info',
    '/api/push/bind',
    '/api/push/switch/a:b',
    '/api/push/log/delete',
    '/api/faq',
    '/api/faq/1',
    '/api/feedback',
    '/api/feedback/reply/1',
    '/api/feedback_category',
    '/api/message/count?push_ids=[1,2]',
  ],
};
const rows = Object.entries(verbatim).flatMap(([service, paths]) => paths.map((path) => [path, service]));

it.each(rows)('passes %s to %s, verbatim and under its prefix', async (path = '', service = '') => {
  for (const url of [path, `/${service}${path}`]) {
    const { body } = await call<Echo>(`${gateway.url}${url}`);
    expect(body).toMatchObject({ service, url: new URL(path, 'http://x').href.slice('http://x'.length) });
  }
});

it('passes everything under a prefix, administration included, to that service', async () => {
  const { body } = await call<Echo>(`${gateway.url}/sms-phone/inbound/webhook`);
  expect(body).toMatchObject({ service: 'sms-phone', url: '/inbound/webhook' });
  const admin = await call<Echo>(`${gateway.url}/app-support/api/admin/faq?x=1`);
  expect(admin.body).toMatchObject({ service: 'app-support', url: '/api/admin/faq?x=1' });
  expect((await call<Echo>(`${gateway.url}/account-pool`)).body).toMatchObject({ url: '/' });
});

it.each([
  ...['/api/admin/keys', '/inbound/webhook', '/api/faqs', '/api/ticketsx', '/api/auth', '/api/auth/refresh'],
  ...['/api/auth/Send-Code', '/API/tickets', '/api/t%69ckets', '/api', '/s/v2/x', '/account-poolx/y', '/x'],
])('has nothing at %s', async (path) => {
  const { status, body } = await call(`${gateway.url}${path}`);
  expect(status).toBe(404);
  // The members that the clients of the four documents read.
  expect(body).toMatchObject({
    success: false,
    code: 404,
    message: 'No such path.',
    detail: 'No such path.',
  });
  expect(seenAnywhere()).toEqual([]);
});

describe('a path that two readers could understand differently', () => {
  const suspicious = [
    '/api/tickets/../admin/users',
    '/api/tickets/%2e%2e/admin/users',
    '/api/tickets/%2E./admin/users',
    '/api/tickets/..%2fadmin%2fusers',
    '/api/tickets/..%5cadmin',
    '/api/tickets/..\\admin',
    '/api/tickets/.',
    '/api//tickets',
    '//api/tickets',
    '/api/tickets/%00',
    '/api/tickets/%0d%0aX:1',
    '/api/tickets/%zz',
    '/api/tickets/%c3%28',
    'api/tickets',
    'http://other/../api/admin',
  ];
  it.each(suspicious)('is refused: %s', async (path) => {
    const answer = await raw(gateway.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(statuses(answer)).toEqual([400]);
    expect(seenAnywhere()).toEqual([]);
  });

  it('is understood where there is only one reading', async () => {
    const target = 'http://any.example/api/tickets?x=/../%2e';
    const answer = await raw(gateway.port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(statuses(answer)).toEqual([200]);
    expect(seenAnywhere().map(({ url }) => url)).toEqual(['/api/tickets?x=/../%2e']);
    const chinese = await call<Echo>(`${gateway.url}/s/v1/o/update/1/已售?notes=备注`);
    expect(chinese.body.url).toBe('/s/v1/o/update/1/%E5%B7%B2%E5%94%AE?notes=%E5%A4%87%E6%B3%A8');
  });
});

describe('POST /api/auth/register', () => {
  const path = '/api/auth/register';
  const register = (body: unknown) => call<Echo & { code: number }>(`${gateway.url}${path}`, { body });

  it('goes by the body, whose bytes are replayed as they came', async () => {
    const account = '{ "account":"13800000000",  "code" : "123456"}';
    expect((await register(account)).body.service).toBe('app-support');
    expect(stubs['app-support']?.seen[0]?.body).toBe(account);
    expect((await register({ email: 'a@example.com' })).body.service).toBe('customer-service');
  });

  it('goes by the body also when it comes in chunks', async () => {
    const answer = await raw(
      gateway.port,
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n` +
        `7\r\n{"email\r\n8\r\n":"a@b"}\r\n0\r\n\r\n`,
    );
    expect(statuses(answer)).toEqual([200]);
    expect(stubs['customer-service']?.seen[0]).toMatchObject({ body: '{"email":"a@b"}' });
    expect(stubs['customer-service']?.seen[0]?.headers['content-length']).toBe('15');
  });

  it.each([{}, { email: 'a', account: 'b' }, [], '"email"', 'null', ''])(
    'cannot tell from %j and says where to go',
    async (body) => {
      const answer = await register(body);
      expect(answer.status).toBe(422);
      const message = expect.stringMatching(
        /\/app-support\/api\/auth\/register.*\/customer-service\/api\/auth\/register/,
      ) as string;
      expect(answer.body).toMatchObject({ code: 422, message, detail: message });
      expect(seenAnywhere()).toEqual([]);
    },
  );

  it('refuses what is no JSON, what is too large, and other methods', async () => {
    expect((await register('{"email"')).status).toBe(400);
    expect((await register({ email: 'x'.repeat(70_000) })).status).toBe(413);
    const wrong = await call(`${gateway.url}${path}`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    expect(seenAnywhere()).toEqual([]);
  });

  it('is not needed under a prefix', async () => {
    const { body } = await call<Echo>(`${gateway.url}/app-support${path}`, { body: '{}' });
    expect(body).toMatchObject({ service: 'app-support', url: path });
  });
});
