import { connect, type Socket } from 'node:net';
import { call } from '@portico/testing';
import { afterEach, expect, it } from 'vitest';
import { startStub } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

const service = await startStub('customer-service');
const gateway = await startTestGateway(
  { 'customer-service': service },
  { MAX_SLOW_BODIES_PER_CLIENT: '2', TRUSTED_PROXIES: '1' },
);
const senders: Slow[] = [];
afterEach(() => senders.splice(0).forEach(({ socket }) => socket.destroy()));

interface Slow {
  socket: Socket;
  received: string;
}

/** Announces a body, sends its first byte and no more. */
function startSlow(ip: string, length = 1000): Slow {
  const socket = connect(gateway.port, '127.0.0.1');
  const slow: Slow = { socket, received: '' };
  socket.on('data', (chunk) => (slow.received += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write(
    `POST /api/tickets HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${ip}\r\nContent-Length: ${length}\r\n\r\n{`,
  );
  senders.push(slow);
  return slow;
}

it('receives a small body before its service hears of it', async () => {
  const before = service.accepted;
  const slow = startSlow('192.0.2.1');
  expect((await call(`${gateway.url}/healthz`)).status).toBe(200);
  expect(service.accepted).toBe(before);
  slow.socket.write('x'.repeat(999));
  await expect.poll(() => slow.received).toContain('200 OK');
  expect(service.seen.at(-1)?.body).toHaveLength(1000);
});

it('answers 429 to more slow bodies of one address than its share, and takes quick ones of it', async () => {
  const slow = [1, 2, 3, 4].map(() => startSlow('192.0.2.2'));
  const refused = () => slow.filter(({ received }) => received.includes('429 Too Many')).length;
  await expect.poll(refused).toBe(2);
  const quick = await call(`${gateway.url}/api/tickets`, {
    headers: { 'X-Forwarded-For': '192.0.2.2' },
    body: { title: 't' },
  });
  expect(quick.status).toBe(200);
});

it.each([
  ['small', 1000],
  ['that is passed on while it arrives', 100_000],
])('answers 408 to a body %s that comes too slowly', async (_kind, length) => {
  const slow = startSlow('192.0.2.3', length);
  await expect.poll(() => slow.received).toContain('408 Request Timeout');
  expect(slow.received).toContain('{"detail":');
  await expect.poll(() => slow.socket.destroyed || slow.socket.readableEnded).toBe(true);
});
