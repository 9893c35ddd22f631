import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startRedis } from '@portico/data-stores';
import { call, testStores } from '@portico/testing';
import { afterAll, describe, expect, inject, it, vi } from 'vitest';
import { startStub } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';
import { createLeases } from './leases.ts';
import type { Taken } from './limiter.ts';

const { redisUrl, redisPrefix } = testStores();

const services = {
  'account-pool': await startStub('account-pool'),
  'sms-phone': await startStub('sms-phone'),
  'customer-service': await startStub('customer-service'),
  'app-support': await startStub('app-support'),
};
/** Windows that end after every test. */
const limits = {
  RATE_LIMITS: 'on',
  TRUSTED_PROXIES: '1',
  RATE_LIMIT_LOGIN: '3/3600',
  RATE_LIMIT_CODE: '2/3600',
  RATE_LIMIT_WRITE: '6/3600',
  RATE_LIMIT_READ: '100/3600',
};
const shared = { ...limits, REDIS_URL: redisUrl, REDIS_PREFIX: redisPrefix };
const [gateway, second] = [
  await startTestGateway(services, shared),
  await startTestGateway(services, shared),
];

let clients = 0;
const newClient = () => `192.0.2.${(clients += 1)}`;
const from = (ip: string) => ({ headers: { 'X-Forwarded-For': ip } });
/** Gateways connect to Redis in the background; what fails closed shows when they have. */
async function counting(url: string) {
  await vi.waitFor(
    async () => expect((await call(`${url}/api/auth/login`, from(newClient()))).status).toBe(200),
    { timeout: 120_000 },
  );
}
await counting(gateway.url);
await counting(second.url);

it('limits logins of one address strictly, over all services and gateways, and says so', async () => {
  const client = from(newClient());
  const first = await call(`${gateway.url}/api/auth/login`, { ...client, body: {} });
  expect(first.status).toBe(200);
  expect([...['limit', 'remaining', 'reset'].map((name) => first.headers.get(`ratelimit-${name}`))]).toEqual([
    '3',
    '2',
    '3600',
  ]);
  await call(`${second.url}/api/auth/access_token`, { ...client, body: {} });
  await call(`${gateway.url}/api/login?username=u`, client);
  const refused = await call(`${second.url}/customer-service/api/auth/token`, { ...client, body: {} });
  expect(refused).toMatchObject({ status: 429, body: { detail: expect.any(String) as string } });
  expect(refused.headers.get('ratelimit-remaining')).toBe('0');
  const retryAfter = Number(refused.headers.get('retry-after'));
  expect(retryAfter).toBeGreaterThan(1800);
  expect(retryAfter).toBeLessThanOrEqual(3600);
  // In the dialect of each, and nobody else is limited.
  expect((await call(`${gateway.url}/api/login`, client)).body).toMatchObject({ success: false });
  expect((await call(`${gateway.url}/api/tickets`, client)).status).toBe(200);
  expect((await call(`${gateway.url}/api/auth/login`, from(newClient()))).status).toBe(200);
});

it('limits the sending and checking of codes, registrations and the contact form', async () => {
  const client = from(newClient());
  const paths = ['/api/auth/send-code', '/api/auth/check_code', '/api/auth/register', '/api/owa/info'];
  const statuses = [];
  for (const path of paths)
    statuses.push((await call(`${gateway.url}${path}`, { ...client, body: { email: 'e' } })).status);
  expect(statuses).toEqual([200, 200, 429, 429]);
});

it('counts the GETs of the documents that change state as writes', async () => {
  const client = from(newClient());
  const statuses = [];
  for (let count = 0; count < 7; count += 1)
    statuses.push((await call(`${gateway.url}/s/v1/o/acquire`, client)).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
  expect((await call(`${gateway.url}/s/v1/o/acquire`, client)).body).toMatchObject({
    code: 5001,
    data: null,
  });
});

it('counts reads in leases, yet grants exactly the limit to parallel requests', async () => {
  const client = from(newClient());
  const answers = await Promise.all(
    Array.from({ length: 130 }, () => call(`${gateway.url}/api/tickets`, client)),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(100);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(30);
});

it('takes the /64 of an IPv6 address for one client', async () => {
  const login = (ip: string) => call(`${gateway.url}/api/auth/login`, from(ip));
  for (const host of ['1', '2', '3']) await login(`2001:db8:1:2::${host}`);
  expect((await login('2001:db8:1:2:ffff::9')).status).toBe(429);
  expect((await login('2001:db8:1:3::1')).status).toBe(200);
});

describe('without Redis', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-redis-'));
  const port = await freePort();
  const start = () => startRedis({ dataDir: folder, port, searchPath: inject('searchPath') });
  let redis = await start();
  afterAll(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const lonely = await startTestGateway(services, { ...limits, REDIS_URL: `redis://127.0.0.1:${port}` });
  await counting(lonely.url);

  it('reads and writes go on uncounted, logins and codes are refused in time, and all is back by itself', async () => {
    await redis.stop();
    const client = from(newClient());
    const started = performance.now();
    const login = await call(`${lonely.url}/api/auth/login`, { ...client, body: {} });
    expect(login).toMatchObject({ status: 503, body: { detail: expect.any(String) as string } });
    expect((await call(`${lonely.url}/api/auth/send_code`, { ...client, body: {} })).status).toBe(503);
    expect((await call(`${lonely.url}/api/auth/register`, { ...client, body: { email: 'e' } })).status).toBe(
      503,
    );
    expect((await call(`${lonely.url}/api/tickets`, client)).status).toBe(200);
    expect((await call(`${lonely.url}/s/v1/o/acquire`, client)).status).toBe(200);
    // Without a limit on the wait for Redis the requests would last for ever.
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(await lonely.metric('gateway_limited_total{class="login",reason="uncounted"')).toBeGreaterThan(0);
    redis = await start();
    await counting(lonely.url);
  });

  it('at all, each process counts for itself', async () => {
    const alone = await startTestGateway(services, limits);
    const client = from(newClient());
    const statuses = [];
    for (let count = 0; count < 4; count += 1)
      statuses.push((await call(`${alone.url}/api/auth/login`, client)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
  });
});

describe('leases', () => {
  it('ask for more at a time the more an address asks, and for single points near the limit', async () => {
    const asked: number[] = [];
    let consumed = 0;
    const take = async (_key: string, points: number): Promise<Taken> => {
      asked.push(points);
      consumed += points;
      return { allowed: consumed <= 1000, remaining: Math.max(0, 1000 - consumed), resetMs: 60_000 };
    };
    const charge = createLeases(take, 1000);
    let granted = 0;
    while ((await charge('a'))?.allowed) granted += 1;
    expect(granted).toBe(1000);
    expect(asked.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 32, 64]);
    expect(asked.at(-2)).toBe(1);
    expect(asked.length).toBeLessThan(100);
  });
});
