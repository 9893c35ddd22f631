import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { connectRedis, redisReadiness } from '@portico/queue';
import {
  announce,
  createLogger,
  createOperationsApp,
  failingChecks,
  listen,
  logOutput,
  startTracing,
  type HttpProcess,
} from '@portico/service';
import { buildGateway } from './app.ts';
import type { Config } from './config.ts';
import { dialects, services } from './services.ts';
import { createAccessLog } from './observe/access-log.ts';
import { createGatewayMetrics } from './observe/metrics.ts';
import { listenForClients } from './listener.ts';
import { forwardToNotifier } from './reference/notifier.ts';

/** How long a start waits for Redis: it can do without, but the first login should not find it connecting. */
const redisPatienceMs = 1000;

/** Starts both listeners of the gateway. */
export async function startGateway(config: Config): Promise<HttpProcess> {
  const logger = createLogger('gateway', config.LOG_LEVEL);
  await startTracing('gateway', config, { isEdge: true });
  const metrics = createGatewayMetrics();
  const redis =
    config.REDIS_URL === undefined
      ? undefined
      : connectRedis({
          url: config.REDIS_URL,
          name: 'gateway',
          onError: (error) => logger.debug({ err: error }, 'redis'),
        });
  // A Redis that refuses connections is no reason not to start: limits fail open or closed by their class.
  if (redis) await Promise.race([once(redis, 'ready').catch(() => undefined), wait(redisPatienceMs)]);
  let draining = false;
  const checks = {
    ...(redis && { redis: () => redisReadiness(redis) }),
    draining: () => (draining ? 'shutting down' : undefined),
  };

  const gateway = buildGateway({
    config,
    services,
    dialects,
    logger,
    accessLog: createAccessLog(config.LOG_LEVEL, logOutput()),
    metrics,
    redis,
    readiness: (excluded) => failingChecks(checks, excluded),
  });
  const operationsApp = createOperationsApp(metrics.metrics, checks);
  if (config.NOTIFIER_URL !== undefined)
    operationsApp.use('/notifier', forwardToNotifier(config.NOTIFIER_URL));
  const operations = await listen(operationsApp, {
    host: config.OPERATIONS_HOST,
    port: config.OPERATIONS_PORT,
  });
  const business = await listenForClients(gateway.handler, config);
  logger.info({ url: business.url, operationsUrl: operations.url }, 'listening');
  announce(business.url, operations.url);
  return {
    url: business.url,
    operationsUrl: operations.url,
    async stop() {
      draining = true;
      logger.info('draining');
      await business.close(config.SHUTDOWN_TIMEOUT_MS);
      gateway.close();
      redis?.disconnect();
      await operations.close(1000);
      logger.info('stopped');
    },
  };
}
