import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { UnrecoverableError } from 'bullmq';
import type { Express } from 'express';
import { createMongo, translateMongoError } from '@portico/mongo';
import {
  connectRedis,
  createProducers,
  createSealer,
  deliverJob,
  deliveryJobSchema,
  handler,
  redisReadiness,
  startPeriodic,
  startWorkers,
  type Channel,
} from '@portico/queue';
import { createMetrics, createOperationsApp, type Logger, type Running } from '@portico/service';
import type { Config } from './config.ts';
import { dashboard } from './dashboard.ts';
import { deadLetterRoutes } from './dead-letters/dead-letters.routes.ts';
import { createDeadLetters } from './dead-letters/dead-letters.store.ts';
import { createCourier, type Providers } from './deliveries/courier.ts';
import { createDeliveryModel } from './deliveries/deliveries.model.ts';
import { createDeliveries } from './deliveries/deliveries.service.ts';
import { createDeliveryStore } from './deliveries/deliveries.store.ts';
import { openDevelopmentOutbox } from './deliveries/development-outbox.ts';
import { createDeliveryMetrics } from './deliveries/metrics.ts';
import { createRateLimit } from './deliveries/rate-limit.ts';
import { createReporter } from './deliveries/results.ts';
import { createProviders } from './providers/providers.ts';
import { loadTemplates } from './rendering/templates.ts';

export interface Notifier extends Running {
  /** The operations port: health, metrics, dashboard and dead letters. */
  readonly operations: Express;
  /** Connects, and starts to deliver. */
  start(): Promise<void>;
}

/** Wires everything; nothing connects to MongoDB or takes a job before `start`. */
export function buildNotifier(config: Config, logger: Logger): Notifier {
  const { REDIS_URL: redisUrl, REDIS_PREFIX: redisPrefix, NOTIFIER_ROLES: roles } = config;
  const onError = (error: unknown, where: object = {}) => {
    // A message that did not go out was logged with its reason.
    if (!(error instanceof UnrecoverableError))
      logger.warn({ error, ...where }, 'notifier connection or job');
  };
  const metrics = createMetrics('notifier');
  const mongo = createMongo({
    uri: config.MONGODB_URI,
    database: config.MONGODB_DATABASE ?? 'portico_notifier',
    appName: 'notifier',
    storeTimeoutMs: config.STORE_TIMEOUT_MS,
    onError,
  });
  const model = createDeliveryModel(mongo.connection);
  const redis = connectRedis({ url: redisUrl, name: 'notifier', onError });
  const sealer = createSealer(config.SEALING_KEYS);
  const producers = createProducers({ redisUrl, redisPrefix, name: 'notifier', sealer, onError });
  const outbox =
    config.NODE_ENV === 'production'
      ? undefined
      : openDevelopmentOutbox(join(config.DATA_DIR, 'outbox.ndjson'));
  const deliveryMetrics = createDeliveryMetrics(metrics.registry, producers, model);
  const leaseMs = Math.round(config.NOTIFIER_LOCK_MS * 0.75);
  const store = createDeliveryStore({ model, owner: randomUUID(), leaseMs });
  const providers = createProviders(config, (receipt) => {
    deliveryMetrics.received(receipt.state);
    store.receipt(receipt).catch(onError);
  });
  const courier = createCourier({
    providers,
    render: loadTemplates(),
    outbox,
    timeoutMs: config.PROVIDER_TIMEOUT_MS,
    logger,
  });
  const deliveries = createDeliveries({
    courier,
    store,
    report: createReporter(producers),
    rateLimit: createRateLimit(redis, redisPrefix, config.PROVIDER_RATES),
    sealer,
    logger,
    metrics: deliveryMetrics,
    retry: {
      maxAttempts: config.NOTIFIER_MAX_ATTEMPTS,
      firstMs: config.NOTIFIER_RETRY_FIRST_MS,
      ceilingMs: config.NOTIFIER_RETRY_CEILING_MS,
    },
  });
  const deadLetters = createDeadLetters(model, producers);

  let draining = false;
  const operations = createOperationsApp(metrics, {
    mongodb: () => mongo.readiness(),
    redis: () => redisReadiness(redis),
    draining: () => (draining ? 'shutting down' : undefined),
  });
  // With and without the prefix under which the gateway's internal port shows them.
  operations.use(['/notifier/queues', '/queues'], dashboard(producers));
  const letters = deadLetterRoutes(deadLetters, [translateMongoError]);
  operations.use('/notifier', letters);
  operations.use(letters);

  const closing: (() => Promise<unknown> | void)[] = [];
  const startWorking = () => {
    const renewing = setInterval(() => void store.renew().catch(onError), leaseMs / 3);
    const workers = startWorkers({
      redisUrl,
      redisPrefix,
      name: 'notifier',
      timing: { lockMs: config.NOTIFIER_LOCK_MS, stalledCheckMs: config.NOTIFIER_STALLED_CHECK_MS },
      onError,
      queues: roles.map((channel) => ({
        queue: channel,
        jobs: [deliverJob],
        concurrency: Math.min(config.NOTIFIER_CONCURRENCY, concurrencyOf(providers, channel)),
        handlers: [
          handler(deliverJob, deliveryJobSchema, (data, job, token) =>
            deliveries.deliver(channel, data, job, token),
          ),
        ],
      })),
    });
    const periodic = startPeriodic({
      redisUrl,
      redisPrefix,
      service: 'notifier',
      jobs: [{ name: 'rescue-replays', everyMs: 60_000, run: () => deadLetters.rescue() }],
      onError,
    });
    closing.push(
      () => Promise.all([workers.close(config.SHUTDOWN_TIMEOUT_MS), periodic.close()]),
      () => clearInterval(renewing),
    );
  };

  return {
    operations,
    async start() {
      await mongo.open();
      if (!draining) startWorking();
    },
    async stop() {
      draining = true;
      logger.info('draining');
      for (const close of closing) await close();
      const all = [providers.email, providers.sms, ...providers.push.values()];
      await Promise.allSettled(all.map(async (provider) => provider?.close?.()));
      await Promise.allSettled([producers.close(), mongo.close(), outbox?.close()]);
      redis.disconnect();
      logger.info('stopped');
    },
  };
}

/** As many as the channel's providers take together; a channel without one refuses its messages quickly. */
function concurrencyOf(providers: Providers, channel: Channel): number {
  const own = channel === 'push' ? [...providers.push.values()] : [providers[channel]];
  return Math.max(
    1,
    own.reduce((sum, provider) => sum + (provider?.concurrency ?? 0), 0),
  );
}
