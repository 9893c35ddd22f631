import { databaseName, type ServiceDescriptor } from '@portico/descriptor';
import type { Dialect } from '@portico/envelope';
import { createMongo, createSequence, translateMongoError } from '@portico/mongo';
import { connectRedis, redisReadiness, startPeriodic, type Periodic, type PeriodicJob } from '@portico/queue';
import type { Express } from 'express';
import { createApp } from './app.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { OpenApiInfo } from './openapi.ts';
import type { ReadinessCheck } from './operations.ts';
import type { Route } from './route.ts';

/** What `buildApp` of every service gets. */
export interface AppDependencies<Config> {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  /** Check every success against its route's `output`; for tests. */
  checkOutput?: boolean;
}

/** The stores' part of a service's environment. */
export interface StoreConfig {
  MONGODB_URI: string;
  MONGODB_DATABASE?: string | undefined;
  STORE_TIMEOUT_MS: number;
  REDIS_URL: string;
  REDIS_PREFIX: string;
}

/** Something that runs beside requests, or a connection: started when the database has been reached. */
export interface Part {
  start?(): unknown;
  close?(): unknown;
}

export interface ServiceParts {
  dialect: Dialect;
  routes: readonly Route[];
  info: Omit<OpenApiInfo, 'title'>;
  /** Started in this order and closed in the opposite one, before the stores. */
  parts?: readonly Part[];
  /** Readiness beside that of the stores. */
  checks?: Record<string, ReadinessCheck>;
  /** Requests that only wait for something need not wait any longer. */
  drain?: () => void;
}

/** A service that is wired; nothing of it runs before `start`. */
export interface BuiltService {
  app: Express;
  routes: readonly Route[];
  checks: Record<string, ReadinessCheck> & Record<'mongodb' | 'redis', ReadinessCheck>;
  /** Resolves when the database has been reached; requests are answered before, with 503 where they need it. */
  start: () => Promise<void>;
  drain: () => void;
  close: () => Promise<void>;
}

/**
 * What every service stands on: its own database, Redis, and how its parts become an application that starts and ends
 * in order. The features and what only this service has are wired by its `app.ts`.
 */
export function createFoundation<Config extends StoreConfig>(
  { name }: Pick<ServiceDescriptor, 'name'>,
  { config, logger, metrics, checkOutput = false }: AppDependencies<Config>,
) {
  const report = (event: string) => (error: unknown) => logger.warn({ err: error }, event);
  const mongo = createMongo({
    uri: config.MONGODB_URI,
    database: config.MONGODB_DATABASE ?? databaseName({ name }),
    appName: name,
    storeTimeoutMs: config.STORE_TIMEOUT_MS,
    onError: report('mongodb unavailable'),
    registry: metrics.registry,
  });
  const redis = connectRedis({ url: config.REDIS_URL, name, onError: report('redis unavailable') });

  /** Work that one instance at a time does, in intervals. */
  function periodic(jobs: readonly PeriodicJob[]): Part {
    let running: Periodic | undefined;
    return {
      start() {
        running = startPeriodic({
          redisUrl: config.REDIS_URL,
          redisPrefix: config.REDIS_PREFIX,
          service: name,
          jobs,
          onError: (error, where) => logger.warn({ err: error, ...where }, 'periodic work failed'),
        });
      },
      close: () => running?.close(),
    };
  }

  function serve({ dialect, routes, info, parts = [], checks = {}, drain }: ServiceParts): BuiltService {
    return {
      app: createApp({
        dialect,
        routes,
        logger,
        metrics,
        info: { title: name, ...info },
        translators: [translateMongoError],
        checkOutput,
      }),
      routes,
      checks: { mongodb: () => mongo.readiness(), redis: () => redisReadiness(redis), ...checks },
      async start() {
        await mongo.open();
        for (const part of parts) await part.start?.();
      },
      drain: () => drain?.(),
      async close() {
        for (const part of parts.toReversed()) await part.close?.();
        redis.disconnect();
        await mongo.close();
      },
    };
  }

  return {
    mongo,
    redis,
    sequence: (sequence: string) => createSequence(mongo.connection, sequence),
    /** For an `onError`: logs a failure of something that goes on trying. */
    report,
    periodic,
    serve,
  };
}
