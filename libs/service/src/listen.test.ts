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
  const state = { isClosed: false };
  const closed = listener.close(600_000).then(() => {
    state.isClosed = true;
  });
  return { state, closed };
}

it('a server that leaves answers for as long as somebody has not noticed', async () => {
  const [noticed, listener] = [await start(), await start()];
  const [first, { state, closed }] = await Promise.all([leave(noticed), leave(listener)]);
  const statuses = await askOn(listener.url, () => first.state.isClosed);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(state.isClosed).toBe(false);
  await Promise.all([first.closed, closed]);
});

it('probes do not keep it, and those who never notice do for a while, but not for ever', async () => {
  const [probed, asked] = [await start(), await start()];
  const [first, second] = await Promise.all([leave(probed), leave(asked)]);
  const order: string[] = [];
  void first.closed.then(() => order.push('probed'));
  void second.closed.then(() => order.push('asked'));
  const [probes, answers] = await Promise.all([
    askOn(`${probed.url}/readyz`, () => first.state.isClosed),
    askOn(asked.url, () => second.state.isClosed),
  ]);
  await Promise.all([first.closed, second.closed]);
  expect(probes).toContain(200);
  expect(answers).toContain(200);
  expect(order).toEqual(['probed', 'asked']);
});
