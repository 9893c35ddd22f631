import { call } from '@portico/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { raw, statuses } from '../testing/raw.ts';
import { startStub } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

const service = await startStub('any');
const gateway = await startTestGateway({ 'account-pool': service, 'customer-service': service });
beforeEach(() => void service.seen.splice(0));

/** The envelope of the last answer on a connection. */
const envelopeOf = (received: string): unknown =>
  JSON.parse(received.slice(received.lastIndexOf('\r\n\r\n')));

describe('what is refused for its form has an envelope', () => {
  it.each([
    ['two Host headers', 400, 'GET /api/tickets HTTP/1.1\r\nHost: a\r\nhost: b\r\nConnection: close\r\n\r\n'],
    [
      'two equal Host headers',
      400,
      'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n',
    ],
    ['no Host header', 400, 'GET /api/tickets HTTP/1.1\r\nConnection: close\r\n\r\n'],
    [
      'an unknown expectation',
      417,
      'GET /api/tickets HTTP/1.1\r\nHost: x\r\nExpect: x\r\nConnection: close\r\n\r\n',
    ],
    ['headers that are too large', 431, `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['a header without a name', 400, 'GET /api/tickets HTTP/1.1\r\nHost: x\r\n: x\r\n\r\n'],
    ['a method that is no token', 400, 'G{T / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('answers %s with %i', async (_name, status, request) => {
    const received = await raw(gateway.port, request);
    expect(statuses(received)).toEqual([status]);
    expect(envelopeOf(received)).toMatchObject({ detail: expect.any(String) as string });
    expect(service.seen).toEqual([]);
  });

  it('passes HTTP/1.0 without a Host, and an expectation that everybody knows', async () => {
    expect(statuses(await raw(gateway.port, 'GET /api/tickets HTTP/1.0\r\n\r\n'))).toEqual([200]);
    const expecting = 'Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}';
    const received = await raw(gateway.port, `POST /api/tickets HTTP/1.1\r\nHost: x\r\n${expecting}`);
    expect(statuses(received)).toEqual([100, 200]);
    expect(service.seen.at(-1)).toMatchObject({ body: '{}' });
  });
});

describe('conditional headers', () => {
  const conditions = {
    'if-none-match': '*',
    'if-modified-since': 'Sat, 01 Jan 2050 00:00:00 GMT',
    'if-match': '"1"',
  };

  it.each(['/s/v1/o/acquire', '/s/v1/o/update/1/sold'])(
    'do not reach a GET that changes state: %s',
    async (path) => {
      await call(`${gateway.url}${path}`, { headers: conditions });
      for (const name of Object.keys(conditions)) expect(service.seen[0]?.headers[name]).toBeUndefined();
    },
  );

  it.each(['/api/tickets', '/customer-service/files/1'])('reach what is only read: %s', async (path) => {
    await call(`${gateway.url}${path}`, { headers: conditions });
    expect(service.seen[0]?.headers).toMatchObject(conditions);
  });
});

it.each(['/s/v1/a%2Fb/acquire', '/s/v1/a%2fb/update/1/x%2F', '/customer-service/files/a%2Fb%20c'])(
  'passes an encoded slash on as it is: %s',
  async (path) => {
    expect((await call(`${gateway.url}${path}`)).status).toBe(200);
    expect(path).toContain(service.seen[0]?.url ?? 'nothing was seen');
  },
);
