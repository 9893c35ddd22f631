import { request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { call } from '@portico/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { startStub } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

const service = await startStub('customer-service');
const gateway = await startTestGateway({ 'customer-service': service });
const strict = await startTestGateway(
  { 'customer-service': service },
  { CORS_ORIGINS: 'https://console.example, https://app.example' },
);
beforeEach(() => void service.seen.splice(0));

describe('pages of other origins', () => {
  const preflight = (url: string, origin: string) =>
    call(url, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'DELETE',
        'Access-Control-Request-Headers': 'authorization, content-type, x-lease-token',
      },
    });

  it('may ask before they call: the gateway answers, no service', async () => {
    for (const path of ['/api/tickets/1', '/api/auth/register', '/unknown', '/sms-phone/api/login']) {
      const { status, headers } = await preflight(`${gateway.url}${path}`, 'https://any.example');
      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-methods')).toContain('DELETE');
      expect(headers.get('access-control-allow-headers')).toContain('x-lease-token');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    }
    expect(service.seen).toEqual([]);
  });

  it('may read answers and refusals, with ids and limits', async () => {
    for (const path of ['/api/tickets', '/unknown', '/api/faq']) {
      const { headers } = await call(`${gateway.url}${path}`, { headers: { Origin: 'https://any.example' } });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-expose-headers')).toContain('X-Request-Id');
      expect(headers.get('access-control-expose-headers')).toContain('Retry-After');
      expect(headers.get('x-request-id')).not.toBeNull();
    }
  });

  it('are only those of the list, where there is one', async () => {
    const allowed = await preflight(`${strict.url}/api/tickets`, 'https://app.example');
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example');
    const refused = await preflight(`${strict.url}/api/tickets`, 'https://evil.example');
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    expect(refused.headers.get('vary')).toContain('Origin');
  });
});

it('answers OPTIONS * and a HEAD that a service answers', async () => {
  expect((await call(`${gateway.url}/api/tickets`, { method: 'OPTIONS' })).headers.get('allow')).toContain(
    'GET',
  );
  expect((await call(`${gateway.url}/api/tickets`, { method: 'HEAD' })).status).toBe(200);
  expect(service.seen).toMatchObject([{ method: 'HEAD' }]);
});

it('sends security headers with every answer', async () => {
  for (const path of ['/api/tickets', '/unknown']) {
    const { headers } = await call(`${gateway.url}${path}`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('strict-transport-security')).toContain('max-age=');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  }
});

describe('compression', () => {
  const large = JSON.stringify({ items: Array.from({ length: 400 }, (_, id) => ({ id, name: '工单' })) });
  const get = (headers: Record<string, string>, path = '/api/tickets', method = 'GET') =>
    new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
      httpRequest(`${gateway.url}${path}`, { headers, method }, (answer) => {
        buffer(answer).then((body) => resolve({ headers: answer.headers, body }), reject);
      })
        .once('error', reject)
        .end();
    });
  const answerWith = (body: string, headers: Record<string, string>, length = true) => {
    service.answer = (response) => {
      response.writeHead(200, { ...headers, ...(length && { 'Content-Length': Buffer.byteLength(body) }) });
      response.end(body);
    };
  };
  const json = { 'Content-Type': 'application/json', ETag: '"1"' };

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)('encodes text with %s', async (encoding, decode) => {
    answerWith(large, json);
    const { headers, body } = await get({ 'Accept-Encoding': encoding });
    expect(headers).toMatchObject({ 'content-encoding': encoding, vary: 'Accept-Encoding', etag: 'W/"1"' });
    expect(headers['content-length']).toBeUndefined();
    expect(body.length).toBeLessThan(large.length / 3);
    expect(decode(body).toString()).toBe(large);
  });

  it.each([
    ['nobody asked', large, json, {}],
    ['it is refused', large, json, { 'Accept-Encoding': 'gzip;q=0, br;q=0' }],
    ['it is short', '{"a":1}', json, { 'Accept-Encoding': 'gzip' }],
    ['it is no text', large, { 'Content-Type': 'image/png' }, { 'Accept-Encoding': 'gzip' }],
    ['the service did', large, { ...json, 'Content-Encoding': 'x' }, { 'Accept-Encoding': 'gzip' }],
    [
      'it must not be changed',
      large,
      { ...json, 'Cache-Control': 'no-transform' },
      { 'Accept-Encoding': 'br' },
    ],
  ] as [string, string, Record<string, string>, Record<string, string>][])(
    'leaves an answer as it is when %s',
    async (_why, body, headers, sent) => {
      answerWith(body, headers);
      const answer = await get(sent);
      expect(answer.body.toString()).toBe(body);
      expect(answer.headers['content-encoding']).toBe(headers['Content-Encoding']);
    },
  );

  it('leaves streams alone', async () => {
    answerWith(large, json, false);
    expect((await get({ 'Accept-Encoding': 'gzip' })).body.toString()).toBe(large);
  });
});
