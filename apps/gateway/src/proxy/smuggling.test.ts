import { beforeEach, expect, it } from 'vitest';
import { raw, statuses } from '../testing/raw.ts';
import { startStub } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

const service = await startStub('customer-service');
const gateway = await startTestGateway({ 'customer-service': service });
beforeEach(() => void service.seen.splice(0));

const hidden = 'GET /api/tickets/hidden HTTP/1.1\r\nHost: x\r\n\r\n';
const chunkOf = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])(
  'answers %s with a body of unknown length 411, and nothing reaches a service',
  async (method) => {
    const request = `${method} /api/tickets/1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const received = await raw(gateway.port, request + chunkOf(hidden));
    expect(statuses(received)).toEqual([411]);
    expect(received.toLowerCase()).toContain('connection: close');
    expect(service.seen).toEqual([]);
  },
);

it('reads nothing more from a connection that it ends', async () => {
  const request = 'DELETE /api/tickets/1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  expect(statuses(await raw(gateway.port, request + hidden))).toEqual([411]);
  expect(service.seen).toEqual([]);
});

it.each([
  ['both lengths', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['two lengths', 'Content-Length: 4\r\nContent-Length: 0\r\n\r\nabcd'],
  ['an unknown transfer coding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['a folded header', 'Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n'],
  ['a space before the colon', 'Content-Length : 4\r\n\r\nabcd'],
  ['a chunk size with a sign', 'Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n'],
])('passes on no POST with %s', async (_name, rest) => {
  const received = await raw(
    gateway.port,
    `POST /api/tickets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${rest}${hidden}`,
  );
  expect(statuses(received).filter((status) => status < 400)).toEqual([]);
  expect(service.seen).toEqual([]);
});

it('passes a body that looks like a request on as a body', async () => {
  const head =
    'POST /api/tickets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
  expect(statuses(await raw(gateway.port, head + chunkOf(hidden)))).toEqual([200]);
  expect(service.seen).toMatchObject([{ method: 'POST', url: '/api/tickets', body: hidden }]);
});

it('passes on a JSON body on GET, as document 004 sends one', async () => {
  const body = '{"push_ids":[1,2]}';
  const received = await raw(
    gateway.port,
    `GET /api/tickets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  expect(statuses(received)).toEqual([200]);
  expect(service.seen).toMatchObject([{ method: 'GET', body }]);
});

it('changes no protocol, but may ignore the offer of HTTP/2', async () => {
  const upgrade = (protocol: string) =>
    raw(
      gateway.port,
      `GET /api/tickets HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}\r\n\r\n`,
    );
  expect(statuses(await upgrade('websocket'))).toEqual([400]);
  expect(service.seen).toEqual([]);
  expect(statuses(await upgrade('h2c'))).toEqual([200]);
  expect(service.seen[0]?.headers['upgrade']).toBeUndefined();
});

it('knows no other methods', async () => {
  for (const method of ['TRACE', 'PROPFIND']) {
    const received = await raw(
      gateway.port,
      `${method} /api/tickets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(statuses(received)).toEqual([405]);
  }
  expect(statuses(await raw(gateway.port, 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n'))).toEqual([]);
  expect(service.seen).toEqual([]);
});

it('answers what is not HTTP, and headers beyond their bound, and ends the connection', async () => {
  expect(statuses(await raw(gateway.port, 'no http\r\n\r\n'))).toEqual([400]);
  const large = `GET /api/tickets HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`;
  expect(statuses(await raw(gateway.port, large))).toEqual([431]);
  expect(service.seen).toEqual([]);
});
