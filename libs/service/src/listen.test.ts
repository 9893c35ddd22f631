import { once } from 'node:events';
import { get } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { listen, type Listener } from './listen.ts';

const listeners: Listener[] = [];
afterAll(() => Promise.all(listeners.map((listener) => listener.close(0))));
async function start(): Promise<Listener> {
  const listener = await listen((_request, response) => void response.end('{}'), {
    host: '127.0.0.1',
    port: 0,
  });
  listeners.push(listener);
  return listener;
}

/** The status of an answer on a connection of its own; undefined where none came. */
const ask = (url: string) =>
  new Promise<number | undefined>((resolve) => {
    get(url, { agent: false }, (response) => resolve(response.resume().statusCode)).once('error', () =>
      resolve(undefined),
    );
  });

/** Asks again and again until the server has closed or `stop` says so. */
async function askOn(url: string, isOver: () => boolean): Promise<(number | undefined)[]> {
  const statuses = [];
  while (!isOver()) {
    statuses.push(await ask(url));
    await wait(10);
  }
  return statuses;
}

/** Begins to close as a process does, while somebody is connected who never asked anything. */
async function leave(listener: Listener) {
  const { port } = listener.server.address() as AddressInfo;
  await once(connect(port, '127.0.0.1'), 'connect');
  const state = { isClosed: false, ms: 0 };
  const begun = performance.now();
  const closed = listener.close(10_000).then(() => {
    state.isClosed = true;
    state.ms = performance.now() - begun;
  });
  return { state, closed };
}

it('a server that leaves answers for as long as somebody has not noticed', async () => {
  const listener = await start();
  const { state, closed } = await leave(listener);
  // Longer than a server stays of which everybody has noticed that it leaves.
  const until = performance.now() + 1000;
  const statuses = await askOn(listener.url, () => performance.now() > until);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  expect(statuses.length).toBeGreaterThan(5);
  expect(state.isClosed).toBe(false);
  await closed;
});

it('probes do not keep it', async () => {
  const listener = await start();
  const { state, closed } = await leave(listener);
  const statuses = await askOn(`${listener.url}/readyz`, () => state.isClosed);
  await closed;
  expect(statuses).toContain(200);
  expect(state.ms).toBeLessThan(2500);
});

it('nor do those who never notice, for ever', async () => {
  const listener = await start();
  const { state, closed } = await leave(listener);
  const statuses = await askOn(listener.url, () => state.isClosed);
  await closed;
  expect(statuses).toContain(200);
  expect(state.ms).toBeGreaterThan(2500);
  expect(state.ms).toBeLessThan(9000);
});
