import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startRedis } from '@portico/data-stores';
import { call, startApp } from '@portico/testing';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { readConfig } from './config.ts';
import { raw } from './testing/raw.ts';
import { startStub } from './testing/stub-service.ts';

const services = await Promise.all(['account-pool', 'notifier'].map((name) => startStub(name)));
const [accountPool, notifier] = services;
afterAll(() => Promise.all(services.map((stub) => stub.stop())));

const folder = mkdtempSync(join(tmpdir(), 'gateway-process-'));
const port = await freePort();
const startStore = () => startRedis({ dataDir: folder, port, searchPath: inject('searchPath') });
let redis = await startStore();
const gateway = await startApp('gateway', {
  PORT: '0',
  ACCOUNT_POOL_URL: accountPool?.url ?? '',
  NOTIFIER_URL: notifier?.url ?? '',
  REDIS_URL: `redis://127.0.0.1:${port}`,
  TRUSTED_PROXIES: '1',
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('logs one line per request, with names instead of what the client sent', async () => {
  const planted = 'planted-secret-value';
  await call(`${gateway.url}/s/v1/${planted}/update/1/sold?key=${planted}&notes=${planted}`, {
    headers: { 'X-Request-Id': 'request-in-log-1', Authorization: planted, 'X-Api-Key': planted },
  });
  await call(`${gateway.url}/${planted}?token=${planted}`, {
    headers: { 'X-Request-Id': 'request-in-log-2' },
  });
  const lineOf = (id: string) => gateway.lines.find((line) => line.includes(id));
  await expect.poll(() => lineOf('request-in-log-2')).toBeDefined();
  expect(JSON.parse(lineOf('request-in-log-1') ?? '{}')).toMatchObject({
    level: 'info',
    app: 'gateway',
    requestId: 'request-in-log-1',
    ip: '127.0.0.1',
    method: 'GET',
    service: 'account-pool',
    route: '/s/v1',
    status: 200,
    ms: expect.any(Number) as number,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
  });
  const metrics = await call<string>(`${gateway.operationsUrl}/metrics`);
  expect(gateway.lines.join('\n')).not.toContain(planted);
  expect(metrics.body).not.toContain(planted);
});

it('lets nobody write into its log', async () => {
  const planted = '","status":"forged';
  const before = gateway.lines.length;
  await call(`${gateway.url}/s/v1/${encodeURIComponent(planted)}?x=${encodeURIComponent(planted)}`, {
    headers: { 'X-Request-Id': `12345678${planted}`, 'X-Forwarded-For': `fe80::1%${planted}` },
  });
  const { port: gatewayPort } = new URL(gateway.url);
  await raw(
    Number(gatewayPort),
    `PROPFIND /web/v1/${planted} HTTP/1.1\r\nHost: ${planted}\r\nX-Request-Id: ${planted}\r\nConnection: close\r\n\r\n`,
  );
  await call(`${gateway.url}/healthz`, { headers: { 'X-Request-Id': 'after-the-hostile-ones' } });
  await expect.poll(() => gateway.lines.at(-1)).toContain('after-the-hostile-ones');
  const entries = gateway.lines.slice(before).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(entries).toHaveLength(3);
  for (const entry of entries) {
    expect(Object.keys(entry).join()).toBe('level,time,app,requestId,ip,method,service,route,status,ms,msg');
    expect(entry['status']).toBeTypeOf('number');
    expect(entry['requestId']).toMatch(/^[\w.:-]+$/);
    expect(entry['ip']).toBe('127.0.0.1');
  }
});

it('keeps its metrics few, whatever is asked for', async () => {
  const paths = [
    '/s/v1/o',
    '/account-pool/x',
    '/x',
    '/account-pool/api/admin',
    '/api/faq',
    '/api/auth/login',
  ];
  for (let count = 0; count < 600; count += 60) {
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        call(`${gateway.url}${paths[index % paths.length]}/${count + index}?q=${index}`),
      ),
    );
  }
  const { body } = await call<string>(`${gateway.operationsUrl}/metrics`);
  expect(body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length).toBeLessThan(300);
});

it("has the notifier's pages on the operations port only", async () => {
  const shown = await call(`${gateway.operationsUrl}/notifier/queues?x=1`);
  expect(shown.body).toMatchObject({ service: 'notifier', url: '/notifier/queues?x=1' });
  expect((await call(`${gateway.url}/notifier/queues`)).status).toBe(404);
});

it('is not ready without Redis, unless the probe leaves that out, and is again by itself', async () => {
  const ready = async (path = '/readyz') =>
    Promise.all(
      [gateway.url, gateway.operationsUrl].map(async (url) => (await call(`${url}${path}`)).status),
    );
  expect(await ready()).toEqual([200, 200]);
  await redis.stop();
  await expect.poll(() => ready()).toEqual([503, 503]);
  expect(await ready('/readyz?exclude=redis')).toEqual([200, 200]);
  expect((await call(`${gateway.url}/healthz`)).status).toBe(200);
  redis = await startStore();
  await expect.poll(() => ready()).toEqual([200, 200]);
});

it('starts while Redis refuses connections, and says once a second why it refuses logins', async () => {
  const withoutRedis = await startApp('gateway', {
    PORT: '0',
    ACCOUNT_POOL_URL: accountPool?.url ?? '',
    REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
  });
  try {
    const status = async (path: string) => (await call(`${withoutRedis.url}${path}`)).status;
    expect(await status('/healthz')).toBe(200);
    expect(await status('/readyz')).toBe(503);
    expect(await status('/s/v1/o/acquire')).toBe(200);
    const started = performance.now();
    const logins = await Promise.all(Array.from({ length: 20 }, () => status('/api/auth/login')));
    expect(new Set(logins)).toEqual(new Set([503]));
    const reasons = () => withoutRedis.lines.filter((line) => line.includes('Redis cannot count'));
    await expect.poll(() => reasons().length).toBeGreaterThan(0);
    // One at once and one for each second that the logins took.
    expect(reasons().length).toBeLessThanOrEqual(1 + (performance.now() - started) / 1000);
    expect(JSON.parse(reasons()[0] ?? '{}')).toMatchObject({
      level: 'warn',
      status: 503,
      error: 'unavailable',
    });
  } finally {
    expect(await withoutRedis.stop()).toBe(0);
  }
});

it('finishes what is in flight on SIGTERM and exits 0', async () => {
  let release = () => undefined as void;
  if (accountPool) {
    accountPool.answer = (response) => {
      release = () => void response.end('{"late":true}');
    };
  }
  const before = accountPool?.seen.length ?? 0;
  const inFlight = call(`${gateway.url}/s/v1/o/acquire?wait=5`);
  await expect.poll(() => accountPool?.seen.length).toBe(before + 1);
  const exit = gateway.stop();
  await expect.poll(async () => (await call(`${gateway.operationsUrl}/readyz`)).status).toBe(503);
  release();
  expect((await inFlight).status).toBe(200);
  expect(await exit).toBe(0);
  expect(gateway.lines.at(-1)).toContain('stopped');
});

describe('configuration', () => {
  it('refuses in production what is open in development', () => {
    expect(() => readConfig({ NODE_ENV: 'production', RATE_LIMITS: 'off' })).toThrow(
      /REDIS_URL: must be set in production[^]*RATE_LIMITS: must be on in production/,
    );
  });

  it('names every mistake', () => {
    expect(() =>
      readConfig({ ACCOUNT_POOL_URL: 'nowhere', RATE_LIMIT_READ: '5', TRUSTED_PROXIES: 'all' }),
    ).toThrow(
      /ACCOUNT_POOL_URL: must be an http[^]*TRUSTED_PROXIES: must be a whole number[^]*RATE_LIMIT_READ: must be/,
    );
  });

  it('reads lists', () => {
    const { urls } = readConfig({ ACCOUNT_POOL_URL: 'http://a:1/, http://b:2' });
    expect(urls.get('account-pool')).toEqual(['http://a:1', 'http://b:2']);
  });
});
