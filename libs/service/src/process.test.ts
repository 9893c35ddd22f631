import { freePort } from '@portico/data-stores';
import express from 'express';
import { afterEach, expect, it, vi } from 'vitest';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import type { ReadinessCheck } from './operations.ts';
import { startHttpProcess, type HttpProcess } from './process.ts';

const started: Promise<HttpProcess>[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await (await one).stop();
});

/** A process on ports of its own, as it starts. */
async function start(mongodb: ReadinessCheck) {
  const [port, operationsPort] = [await freePort(), await freePort()];
  const starting = startHttpProcess({
    config: {
      HOST: '127.0.0.1',
      PORT: port,
      OPERATIONS_HOST: '127.0.0.1',
      OPERATIONS_PORT: operationsPort,
      SHUTDOWN_TIMEOUT_MS: 1000,
    },
    logger: createLogger('test', 'silent'),
    metrics: createMetrics('test'),
    app: express().get('/', (_request, response) => void response.send('here')),
    checks: { mongodb },
    close: () => Promise.resolve(),
  });
  started.push(starting);
  const statusOf = async (url: string) =>
    fetch(url).then(
      ({ status }) => status,
      () => undefined,
    );
  return {
    starting,
    business: () => statusOf(`http://127.0.0.1:${port}/`),
    healthz: () => statusOf(`http://127.0.0.1:${operationsPort}/healthz`),
  };
}

it('an instance that starts takes requests when it has its stores, and is alive before', async () => {
  let problem: string | undefined = 'not connected';
  const { starting, business, healthz } = await start(() => problem);
  await vi.waitFor(async () => expect(await healthz()).toBe(200), 120_000);
  expect(await business()).toBeUndefined();
  problem = undefined;
  await starting;
  expect(await business()).toBe(200);
});

it('stores that stay away do not keep it from answering that they are', async () => {
  const { starting, business } = await start(() => 'not connected');
  await starting;
  expect(await business()).toBe(200);
});
