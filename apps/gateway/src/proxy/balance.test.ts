import { call } from '@portico/testing';
import { expect, it } from 'vitest';
import { startStub } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

it('holds few requests at an instance that is frozen, however many are sent', async () => {
  const frozen = await startStub('account-pool', () => undefined);
  const working = await startStub('account-pool');
  const gateway = await startTestGateway({ 'account-pool': [frozen, working] });
  let answered = 0;
  const client = async () => {
    while (answered < 600) {
      await call(`${gateway.url}/s/v1/o/acquire`).then(
        () => (answered += 1),
        () => undefined,
      );
    }
  };
  for (let count = 0; count < 16; count += 1) void client();
  await expect.poll(() => answered).toBeGreaterThanOrEqual(600);
  // Those that were on their way when it froze, and none after that.
  expect(frozen.seen.length).toBeLessThan(10);
});

it('sends the next request to the instance with the fewest under way', async () => {
  let release = () => undefined as void;
  const slow = await startStub('slow', async (response) => {
    await new Promise<void>((resolve) => (release = resolve));
    response.end('{}');
  });
  const quick = await startStub('quick');
  const gateway = await startTestGateway({ 'account-pool': [slow, quick] });
  const first = call(`${gateway.url}/s/v1/o/acquire`);
  await expect.poll(() => slow.seen.length + quick.seen.length).toBe(1);
  for (let count = 0; count < 20; count += 1)
    expect((await call(`${gateway.url}/s/v1/o/acquire`)).status).toBe(200);
  expect(slow.seen).toHaveLength(1);
  expect(quick.seen).toHaveLength(20);
  release();
  await first;
});

it('keeps the connections of others when one of several behind a name is leaving', async () => {
  const service = await startStub('account-pool');
  const gateway = await startTestGateway({ 'account-pool': service });
  const echo = service.answer;
  const waiting: (() => void)[] = [];
  service.answer = async (response) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    response.end('{}');
  };
  const parallel = Array.from({ length: 4 }, () => call(`${gateway.url}/web/v1/stats/overview`));
  await expect.poll(() => waiting.length).toBe(4);
  waiting.forEach((resolve) => resolve());
  await Promise.all(parallel);
  expect(service.sockets.size).toBe(4);
  service.answer = (response, seen, request) => {
    response.setHeader('Connection', 'close');
    return echo(response, seen, request);
  };
  await call(`${gateway.url}/web/v1/stats/overview`);
  await expect.poll(() => service.sockets.size).toBe(3);
  service.answer = echo;
  for (let count = 0; count < 3; count += 1) await call(`${gateway.url}/web/v1/stats/overview`);
  expect(service.accepted).toBe(4);
});

it('replaces a connection after its maximum age', async () => {
  const service = await startStub('account-pool');
  const gateway = await startTestGateway({ 'account-pool': service }, { MAX_CONNECTION_AGE_MS: '100' });
  const ask = async () => {
    await call(`${gateway.url}/web/v1/stats/overview`);
    return service.accepted;
  };
  await expect.poll(ask).toBeGreaterThan(3);
  await expect.poll(() => service.sockets.size).toBeLessThanOrEqual(1);
});
