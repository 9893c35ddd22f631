import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError } from '@portico/config';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { listen, type Listener } from './listen.ts';
import type { Metrics } from './metrics.ts';
import { createOperationsApp, failingChecks, type ReadinessCheck } from './operations.ts';
import { stopTracing } from './tracing.ts';

/** Something that runs until it is told to stop. */
export interface Running {
  stop(): Promise<void>;
}

export interface HttpProcessOptions {
  config: {
    HOST: string;
    PORT: number;
    OPERATIONS_HOST: string;
    OPERATIONS_PORT: number;
    SHUTDOWN_TIMEOUT_MS: number;
  };
  logger: Logger;
  metrics: Metrics;
  app: Express;
  checks: Record<string, ReadinessCheck>;
  /** Called first: requests that only wait for something need not wait any longer. */
  drain?(): void;
  /** Ends workers and closes connections, after the last request was answered. */
  close(): Promise<void>;
}

export interface HttpProcess extends Running {
  readonly url: string;
  readonly operationsUrl: string;
}

/**
 * How long the business port stays closed while a store is still being connected. Whoever sends requests to several
 * instances takes a closed port for another one's turn, and an answer for an answer: a start among them would be a few
 * 503. Stores that are away for longer are told of by those.
 */
const storesPatienceMs = 3000;

/** Serves a service's business port and its operations port, and stops both in order. */
export async function startHttpProcess(options: HttpProcessOptions): Promise<HttpProcess> {
  const { config, logger, metrics } = options;
  let draining = false;
  const checks = { ...options.checks, draining: () => (draining ? 'shutting down' : undefined) };
  const operations = await listen(createOperationsApp(metrics, checks), {
    host: config.OPERATIONS_HOST,
    port: config.OPERATIONS_PORT,
  });
  const patience = performance.now() + storesPatienceMs;
  while (Object.keys(await failingChecks(checks)).length > 0 && performance.now() < patience) await wait(25);
  const business: Listener = await listen(options.app, { host: config.HOST, port: config.PORT });
  logger.info({ url: business.url, operationsUrl: operations.url }, 'listening');
  announce(business.url, operations.url);
  return {
    url: business.url,
    operationsUrl: operations.url,
    async stop() {
      draining = true;
      logger.info('draining');
      options.drain?.();
      await business.close(config.SHUTDOWN_TIMEOUT_MS);
      await options.close();
      await operations.close(1000);
      logger.info('stopped');
    },
  };
}

/** Tells a parent process that started this one with an IPC channel where it listens. */
export function announce(url: string | undefined, operationsUrl: string): void {
  process.send?.({ event: 'listening', url, operationsUrl, pid: process.pid });
}

/**
 * The life of a process: starts it, stops it on SIGTERM or SIGINT or when the launcher that started it is gone, and
 * exits 0. A wrong environment is a few clear lines and exit 1, also where it shows only once a store has been reached. An
 * error that nothing awaited is a defect: it is logged, and the process leaves in order.
 */
export async function runProcess(start: () => Promise<Running>): Promise<void> {
  let running: Running | undefined;
  let stopping = false;
  const stop = (exitCode: number) => {
    if (stopping) return;
    stopping = true;
    if (!running) process.exit(exitCode);
    const stopped = running.stop().then(stopTracing);
    stopped.then(
      () => process.exit(exitCode),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(0));
  // Only a launcher opens an IPC channel; killed by force it cannot end its processes itself.
  if (process.connected) process.once('disconnect', () => stop(0));
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (error: unknown) => {
      if (error instanceof ConfigError) console.error(error.message);
      else {
        console.error(
          JSON.stringify({
            level: 'fatal',
            msg: event,
            error: error instanceof Error ? error.stack : String(error),
          }),
        );
      }
      stop(1);
    });
  }
  try {
    running = await start();
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exit(1);
  }
}
