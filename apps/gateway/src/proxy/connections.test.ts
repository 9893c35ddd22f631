import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { Pool } from 'undici';
import { startStub } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

/** Goal P2: at most 10 connections to a service per 1,000 requests. */
it.each([
  ['keep theirs', false],
  ['close theirs', true],
])('uses few connections for a thousand requests of clients that %s', async (_name, reset) => {
  const service = await startStub('customer-service');
  const gateway = await startTestGateway({ 'customer-service': service });
  const clients = new Pool(gateway.url, { connections: 16 });
  const client = async () => {
    for (let count = 0; count < 63; count += 1) {
      const answer = await clients.request({ method: 'GET', path: '/api/tickets', reset });
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  await clients.close();
  expect(service.seen.length).toBe(1008);
  expect(service.accepted).toBeLessThanOrEqual(10);
  expect(await gateway.metric('gateway_upstream_connections_total')).toBe(service.accepted);
});

it('opens as many as slow requests need', async () => {
  const held: (() => void)[] = [];
  const service = await startStub('account-pool', async (response) => {
    await new Promise<void>((resolve) => held.push(resolve));
    response.end('{}');
  });
  const gateway = await startTestGateway({ 'account-pool': service });
  const polls = Array.from({ length: 60 }, () => fetch(`${gateway.url}/s/v1/o/acquire?wait=30`));
  await expect.poll(() => held.length).toBe(60);
  held.forEach((resolve) => resolve());
  expect((await Promise.all(polls)).every(({ status }) => status === 200)).toBe(true);
});

it('lets a client pipeline, and answers in order', async () => {
  const service = await startStub('customer-service');
  const gateway = await startTestGateway({ 'customer-service': service });
  const client = connect(gateway.port, '127.0.0.1');
  let received = '';
  client.on('data', (chunk) => (received += chunk.toString()));
  const one = (number: number) => `GET /api/tickets/${number} HTTP/1.1\r\nHost: x\r\n\r\n`;
  client.write(Array.from({ length: 5 }, (_, number) => one(number)).join(''));
  await expect.poll(() => [...received.matchAll(/tickets\/(\d)/g)].map((match) => match[1])).toHaveLength(5);
  expect([...received.matchAll(/tickets\/(\d)/g)].map((match) => match[1])).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
  ]);
  client.destroy();
});
