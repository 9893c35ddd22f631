import { beforeEach, describe, expect, it } from 'vitest';
import { raw } from '../testing/raw.ts';
import { startStub } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';
import { requestHeaders } from './headers.ts';

const service = await startStub('customer-service');
const gateway = await startTestGateway({ 'customer-service': service });
const behindTwo = await startTestGateway({ 'customer-service': service }, { TRUSTED_PROXIES: '2' });
beforeEach(() => void service.seen.splice(0));

async function headersFor(port: number, lines: string[]) {
  await raw(
    port,
    `GET /api/tickets HTTP/1.1\r\nHost: portico.example:8080\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`,
  );
  return service.seen.at(-1)?.headers ?? {};
}

describe('on the way to a service', () => {
  it('drops what a client may not say of itself', async () => {
    const claims = [
      ...['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-User'],
      ...['X-Real-IP', 'X-Client-IP', 'True-Client-IP', 'CF-Connecting-IP', 'X-User', 'X-User-Id'],
      ...['X-Operator', 'X-Operator-Id', 'X-Role', 'X-Authenticated-User', 'X-Internal-Call', 'Remote-User'],
      ...['X-Original-URL', 'X-Rewrite-URL', 'X-HTTP-Method-Override', 'X_Forwarded_For', 'x-USER-role'],
    ];
    const headers = await headersFor(
      gateway.port,
      claims.map((name) => `${name}: 6.6.6.6`),
    );
    expect(JSON.stringify(headers)).not.toContain('6.6.6.6');
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'portico.example:8080',
    });
  });

  it('passes on what a client says of its trace, as long as the gateway makes none itself', async () => {
    const said = ['traceparent: 00-1-2-01', 'TraceState: a=1'];
    expect(await headersFor(gateway.port, said)).toMatchObject({
      traceparent: '00-1-2-01',
      tracestate: 'a=1',
    });
    const client = { ip: '192.0.2.1', proto: 'https' as const, host: '' };
    const trace = ['traceparent', '00-1-3-01'];
    const options = { client, requestId: 'id', length: 0, unconditional: false, trace };
    expect(requestHeaders({ traceparent: '00-1-2-01', tracestate: 'a=1' }, options)).toEqual({
      traceparent: '00-1-3-01',
      'x-request-id': 'id',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-proto': 'https',
    });
  });

  it('drops hop-by-hop headers and everything that Connection names', async () => {
    await raw(
      gateway.port,
      'GET /api/tickets HTTP/1.1\r\nHost: x\r\nConnection: close, X-Secret-Hop, Authorization\r\n' +
        'X-Secret-Hop: 1\r\nAuthorization: Bearer t\r\nTE: trailers\r\nProxy-Authorization: p\r\n' +
        'Keep-Alive: timeout=5\r\nX-Kept: 1\r\n\r\n',
    );
    const { headers = {} } = service.seen[0] ?? {};
    for (const name of ['x-secret-hop', 'authorization', 'te', 'proxy-authorization', 'keep-alive', 'close'])
      expect(headers[name]).toBeUndefined();
    expect(headers['x-kept']).toBe('1');
    expect(headers['connection']).toBe('keep-alive');
  });

  it('passes on what services read', async () => {
    const sent = {
      'x-api-key': 'k',
      'x-lease-token': '7',
      'idempotency-key': 'i',
      authorization: 'Token t',
      cookie: 'a=b',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'sec-purpose': 'prefetch',
      'x-signature': 's',
      'x-twilio-signature': 't',
    };
    const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}`);
    expect(await headersFor(gateway.port, lines)).toMatchObject(sent);
  });

  it("gives every request an id: the client's where it is well-formed", async () => {
    expect((await headersFor(gateway.port, ['X-Request-Id: client-chosen-1']))['x-request-id']).toBe(
      'client-chosen-1',
    );
    const made = (await headersFor(gateway.port, ['X-Request-Id: bad id!']))['x-request-id'];
    expect(made).toMatch(/^[0-9a-f-]{36}$/);
    expect(gateway.log.at(-1)?.requestId).toBe(made);
  });
});

describe('the address of the client', () => {
  it.each([
    ['as many hops as trusted', '6.6.6.6, 203.0.113.7, 10.0.0.1', '203.0.113.7'],
    ['IPv6', '2001:db8::1, 10.0.0.1', '2001:db8::1'],
    ['fewer hops than trusted', '203.0.113.7', '127.0.0.1'],
    ['no address at all', 'unknown, 10.0.0.1', '127.0.0.1'],
  ])('with two trusted proxies, %s', async (_name, forwarded, expected) => {
    const headers = await headersFor(behindTwo.port, [
      `X-Forwarded-For: ${forwarded}`,
      'X-Forwarded-Proto: https',
    ]);
    expect(headers['x-forwarded-for']).toBe(expected);
    expect(behindTwo.log.at(-1)?.ip).toBe(expected);
    expect(headers['x-forwarded-proto']).toBe(expected === '127.0.0.1' ? 'http' : 'https');
  });
});

it('drops hop-by-hop headers of answers, and says itself who serves', async () => {
  service.answer = (response) => {
    response.writeHead(200, {
      'Content-Type': 'text/plain',
      Connection: 'keep-alive, X-Hop',
      'X-Hop': '1',
      'X-Powered-By': 'x',
      Server: 'y',
      'X-Request-Id': 'of-the-service',
      'Access-Control-Allow-Origin': 'https://evil.example',
      'Set-Cookie': ['a=1', 'b=2'],
      'X-Frame-Options': 'DENY',
      'X-Kept': '1',
    });
    response.end('text');
  };
  const received = await raw(
    gateway.port,
    'GET /api/tickets HTTP/1.1\r\nHost: x\r\nX-Request-Id: the-clients-own\r\nConnection: close\r\n\r\n',
  );
  const lines = received.toLowerCase().split('\r\n');
  for (const name of ['x-hop', 'x-powered-by', 'server'])
    expect(lines.filter((line) => line.startsWith(`${name}:`))).toEqual([]);
  const only = (name: string) => lines.filter((line) => line.startsWith(`${name}:`));
  expect(only('x-request-id')).toEqual(['x-request-id: the-clients-own']);
  expect(only('access-control-allow-origin')).toEqual(['access-control-allow-origin: *']);
  expect(only('set-cookie')).toEqual(['set-cookie: a=1', 'set-cookie: b=2']);
  expect(only('x-frame-options')).toEqual(['x-frame-options: deny']);
  expect(only('x-kept')).toEqual(['x-kept: 1']);
});
