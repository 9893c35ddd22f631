import { connect } from 'node:net';
import { freePort } from '@portico/data-stores';
import { call } from '@portico/testing';
import { describe, expect, it } from 'vitest';
import { startStub, type Answer } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

const never: Answer = () => undefined;
/** Less than the connect timeout of the system, and far more than a busy machine takes. */
const hangsMs = 30_000;
const timed = async <Result>(what: Promise<Result>) => {
  const started = performance.now();
  return { ...(await what), ms: performance.now() - started };
};

describe('a service that is down', async () => {
  const port = await freePort();
  const up = await startStub('customer-service');
  const gateway = await startTestGateway(
    { 'customer-service': up },
    {
      ACCOUNT_POOL_URL: `http://127.0.0.1:${port}`,
      APP_SUPPORT_URL: 'http://192.0.2.1:81',
      BREAKER_OPEN_MS: '200',
    },
  );

  it('is answered for within the connect timeout, in its dialect, and disturbs no other', async () => {
    const refused = await call(`${gateway.url}/s/v1/o/acquire?platform=x`);
    expect(refused).toMatchObject({ status: 503, body: { code: 5001, data: null } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // Nothing answers here at all, as from a host that is gone.
    const silent = await timed(call(`${gateway.url}/api/faq`));
    expect(silent).toMatchObject({ status: 503, body: { code: 10000, data: {} } });
    expect(silent.ms).toBeLessThan(hangsMs);
    expect((await call(`${gateway.url}/api/tickets`)).status).toBe(200);
  });

  it('is not configured: 503 as well', async () => {
    const answer = await call(`${gateway.url}/api/login?username=u`);
    expect(answer).toMatchObject({ status: 503, body: { success: false } });
  });

  it('gets no requests for a while after failures in a row, and is found when it is back', async () => {
    await Promise.all(Array.from({ length: 10 }, () => call(`${gateway.url}/s/v1/o/acquire`)));
    expect((await call(`${gateway.url}/s/v1/o/acquire`)).status).toBe(503);
    const open = 'gateway_upstream_instances_open{service="account-pool"';
    await expect.poll(() => gateway.metric(open)).toBe(1);
    const back = await startStub('account-pool', undefined, port);
    await expect.poll(async () => (await call(`${gateway.url}/s/v1/o/acquire`)).status).toBe(200);
    expect(await gateway.metric(open)).toBe(0);
    await back.stop();
  });
});

it('finds a service that listens again without waiting for the next trial', async () => {
  const port = await freePort();
  const gateway = await startTestGateway(
    {},
    { ACCOUNT_POOL_URL: `http://127.0.0.1:${port}`, BREAKER_FAILURES: '1', BREAKER_OPEN_MS: '3600000' },
  );
  const status = async () => (await call(`${gateway.url}/s/v1/o/acquire`)).status;
  expect(await status()).toBe(503);
  expect(await gateway.metric('gateway_upstream_instances_open{service="account-pool"')).toBe(1);
  const back = await startStub('account-pool', undefined, port);
  await expect.poll(status).toBe(200);
  await back.stop();
});

it('answers 504 in the dialect when a service is silent for too long, and asks it no second time', async () => {
  const service = await startStub('sms-phone', never);
  const gateway = await startTestGateway({ 'sms-phone': service }, { RESPONSE_TIMEOUT_MS: '300' });
  const late = await call(`${gateway.url}/api/get_phone?token=t`);
  expect(late).toMatchObject({ status: 504, body: { stat: false, code: 504, data: null } });
  await expect.poll(() => service.abandoned).toBe(1);
  expect(service.seen).toHaveLength(1);
});

it('answers 502 when a service breaks off before its answer, and breaks off where it does later', async () => {
  const service = await startStub('customer-service', (response) => void response.destroy());
  const gateway = await startTestGateway({ 'customer-service': service });
  const broken = await call(`${gateway.url}/api/tickets`, { body: {} });
  expect(broken).toMatchObject({ status: 502, body: { detail: expect.any(String) as string } });
  service.answer = (response) => {
    response.writeHead(200, { 'Content-Length': '10' });
    response.write('half', () => response.destroy());
  };
  await expect(call(`${gateway.url}/api/tickets`, { body: {} })).rejects.toThrow();
});

describe('a connection that breaks before the answer', async () => {
  const service = await startStub('any');
  const gateway = await startTestGateway(
    {
      'account-pool': service,
      'sms-phone': service,
      'customer-service': service,
      'app-support': service,
    },
    { BREAKER_FAILURES: '1000' },
  );
  const echo = service.answer;
  const requestsFor = async (path: string, method = 'GET') => {
    service.seen.splice(0);
    let broken = false;
    service.answer = (response, seen, request) => {
      if (broken) return echo(response, seen, request);
      broken = true;
      request.socket.destroy();
    };
    const { status } = await call(`${gateway.url}${path}`, { method });
    return { status, requests: service.seen.length };
  };

  it.each(['/api/tickets', '/api/faq', '/api/push/log', '/customer-service/api/admin/users', '/api/balance'])(
    'repeats a read once: %s',
    async (path) => expect(await requestsFor(path)).toEqual({ status: 200, requests: 2 }),
  );

  it.each([
    '/s/v1/o/acquire',
    '/s/v1/o/update/1/sold',
    '/account-pool/s/v1/o/acquire',
    '/api/register?username=u',
    '/api/login',
    '/api/recharge?amount=1',
    '/api/change_password',
    '/api/get_phone',
    '/api/get_specified_phone',
    '/api/get_sms_code',
    '/api/release_phone',
    '/api/blacklist_phone',
    '/sms-phone/api/get_phone',
    '/api/feedback/reply/1',
    '/customer-service/unknown',
  ])('never repeats a GET that may change state: %s', async (path) =>
    expect(await requestsFor(path)).toEqual({ status: 502, requests: 1 }),
  );

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('never repeats %s', async (method) =>
    expect(await requestsFor('/api/tickets', method)).toEqual({ status: 502, requests: 1 }),
  );
});

it('frees the connection of a client that left', async () => {
  const service = await startStub('customer-service', never);
  const gateway = await startTestGateway({ 'customer-service': service });
  const client = connect(gateway.port, '127.0.0.1');
  client.write('GET /api/tickets HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(() => service.seen.length).toBe(1);
  client.destroy();
  await expect.poll(() => service.abandoned).toBe(1);
  await expect.poll(() => service.sockets.size).toBe(0);
  await expect.poll(() => gateway.log).toMatchObject([{ status: 499 }]);
  expect(await gateway.metric('gateway_upstream_in_flight{service="customer-service"')).toBe(0);
});

it('lets a slow service hold only so much, and the others answer as ever', async () => {
  const held: (() => void)[] = [];
  const slow = await startStub('account-pool', async (response) => {
    await new Promise<void>((resolve) => held.push(resolve));
    response.end('{}');
  });
  const quick = await startStub('customer-service');
  const gateway = await startTestGateway(
    { 'account-pool': slow, 'customer-service': quick },
    { MAX_IN_FLIGHT: '30', MAX_CONNECTIONS: '20', LOG_LEVEL: 'silent' },
  );
  const waiting = Array.from({ length: 40 }, () => call(`${gateway.url}/s/v1/o/acquire?wait=30`));
  // 30 may be under way, and 20 of them have a connection; the others wait for one, but not for long.
  await expect.poll(() => held.length).toBe(20);
  await expect.poll(() => gateway.log.filter(({ status }) => status === 503).length).toBe(20);
  // Those who were refused have left nothing, and make no room for others.
  expect(await gateway.metric('gateway_upstream_in_flight{service="account-pool"')).toBe(20);
  for (let count = 0; count < 50; count += 1)
    expect((await call(`${gateway.url}/api/tickets`)).status).toBe(200);
  // All of them were answered while none of the slow ones was.
  expect(held).toHaveLength(20);
  expect(slow.sockets.size).toBe(20);

  const freeing = setInterval(() => held.splice(0).forEach((resolve) => resolve()), 10);
  const answers = await Promise.all(waiting);
  clearInterval(freeing);
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused).toHaveLength(20);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
  expect(refused[0]?.body).toMatchObject({ code: 5001, data: null });
});

it('refuses bodies beyond the limit, with and without their length, and passes on large ones below', async () => {
  const service = await startStub('customer-service');
  const gateway = await startTestGateway({ 'customer-service': service }, { MAX_BODY_BYTES: '100000' });
  const post = (path: string, size: number, chunked: boolean) =>
    fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: chunked ? new Blob(['x'.repeat(size)]).stream() : 'x'.repeat(size),
      ...(chunked && { duplex: 'half' }),
    });
  for (const chunked of [false, true]) {
    const refused = await post('/api/tickets', 300_000, chunked);
    expect(refused.status).toBe(413);
    expect(await refused.json()).toEqual({ detail: expect.any(String) as string });
    expect((await post('/api/tickets', 90_000, chunked)).status).toBe(200);
    expect((await post('/customer-service/files/1', 300_000, chunked)).status).toBe(200);
  }
  expect(service.seen.map(({ body }) => body.length)).toEqual([90_000, 300_000, 90_000, 300_000]);
});

it('passes an early answer on while the request is still being sent', async () => {
  const service = await startStub('customer-service');
  service.server.removeAllListeners('request');
  service.server.on('request', (_request, response) => {
    response.writeHead(401, { 'Content-Type': 'application/json' }).end('{"detail":"no"}');
  });
  const gateway = await startTestGateway({ 'customer-service': service });
  const { promise, resolve } = Promise.withResolvers<string>();
  const client = connect(gateway.port, '127.0.0.1');
  client.on('data', (chunk) => resolve(chunk.toString()));
  client.write('POST /api/tickets HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nfirst bytes');
  expect(await promise).toMatch(/^HTTP\/1.1 401 /);
  client.destroy();
});

it('streams both ways without collecting', async () => {
  const service = await startStub('customer-service', (response) => {
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
    let left = 200;
    const more = () => {
      while (left > 0) {
        left -= 1;
        if (!response.write(Buffer.alloc(100_000))) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  const gateway = await startTestGateway({ 'customer-service': service });
  const before = process.memoryUsage().rss;
  const answer = await fetch(`${gateway.url}/customer-service/files/1`);
  let size = 0;
  for await (const chunk of answer.body ?? []) size += (chunk as Uint8Array).length;
  expect(size).toBe(20_000_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
});
