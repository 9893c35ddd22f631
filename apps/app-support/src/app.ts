import {
  bearerScheme,
  createAuthMetrics,
  createCodes,
  createLoginBudget,
  createPasswords,
  createRevocations,
  createSessions,
  createSignIn,
  createTokenVerifier,
  operatorAccess,
} from '@portico/auth';
import { createMongo, createSequence, translateMongoError } from '@portico/mongo';
import { createOutbox, outboxMetrics } from '@portico/outbox';
import {
  connectRedis,
  createProducers,
  createSealer,
  redisReadiness,
  startPeriodic,
  type Periodic,
} from '@portico/queue';
import { createApp, type Logger, type Metrics } from '@portico/service';
import { dialect } from '../dialect.ts';
import { failure } from './answers.ts';
import { createClock } from './clock.ts';
import type { Config } from './config.ts';
import { createFeatures } from './features.ts';
import { registerModels } from './models.ts';
import type { FanOutTiming } from './pushes/fan-out.ts';
import { countResults } from './pushes/push-pages.store.ts';
import { createResultHandler } from './results.ts';
import { createStores } from './stores.ts';
import { tokenScheme } from './users/access.ts';

export interface AppDependencies {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  /** Check every success against its route's `output`; for tests. */
  checkOutput?: boolean;
  fanOutTiming?: Partial<FanOutTiming>;
}

/** The service's name: in its codes, queues and keys. */
const service = 'app-support';

/** Wires everything; nothing runs before `start`. */
export function buildApp({
  config,
  logger,
  metrics,
  checkOutput = false,
  fanOutTiming = {},
}: AppDependencies) {
  const { REDIS_URL: redisUrl, REDIS_PREFIX: redisPrefix } = config;
  const report = (event: string) => (error: unknown) => logger.warn({ err: error }, event);
  const mongo = createMongo({
    uri: config.MONGODB_URI,
    database: config.MONGODB_DATABASE ?? 'portico_app_support',
    appName: service,
    storeTimeoutMs: config.STORE_TIMEOUT_MS,
    onError: report('mongodb unavailable'),
  });
  const redis = connectRedis({ url: redisUrl, name: service, onError: report('redis unavailable') });
  const inRedis = { redis, prefix: redisPrefix, service };
  const sequence = (name: string) => createSequence(mongo.connection, name);
  const models = registerModels(mongo.connection);
  const stores = createStores(models, sequence);

  const sealer = createSealer(config.SEALING_KEYS);
  const queue = { redisUrl, redisPrefix };
  const producers = createProducers({
    ...queue,
    name: service,
    sealer,
    onError: report('queue unavailable'),
  });
  const outbox = createOutbox({
    ...queue,
    service,
    sealer,
    producers,
    logger,
    sources: [
      { model: models.codeSend },
      { model: models.feedback },
      { model: models.pushPage, confirm: countResults },
    ],
    onResults: createResultHandler({
      ...stores,
      models: { codeSend: models.codeSend.modelName, pushPage: models.pushPage.modelName },
    }),
  });
  outboxMetrics(metrics.registry, outbox);

  const authMetrics = createAuthMetrics(metrics);
  const passwords = createPasswords({
    peppers: config.PASSWORD_PEPPERS,
    cost: config.BCRYPT_COST,
    threads: config.PASSWORD_THREADS,
    maxQueue: config.PASSWORD_QUEUE,
    longestWaitMs: config.PASSWORD_WAIT_MS,
    metrics: authMetrics,
  });
  const sessions = createSessions({
    connection: mongo.connection,
    collection: 'sessions',
    secrets: config.SESSION_SECRETS,
    accessLifetime: config.ACCESS_TOKEN_SECONDS,
    refreshLifetime: config.REFRESH_TOKEN_SECONDS,
    onReuse: (session) => logger.warn({ session: session.id, user: session.userId }, 'refresh token reused'),
  });
  // Written by customer-service; here it is only read.
  const revocations = createRevocations({
    redis,
    prefix: redisPrefix,
    lifetime: config.ACCESS_TOKEN_SECONDS,
  });
  const operators = operatorAccess({
    verifier: createTokenVerifier({
      keys: config.OPERATOR_PUBLIC_KEYS ?? [],
      issuer: config.OPERATOR_TOKEN_ISSUER,
      audience: config.OPERATOR_TOKEN_AUDIENCE,
    }),
    isCurrent: (claims) => revocations.isCurrent(claims),
  });

  const { routes, fanOut, users } = createFeatures({
    config,
    logger,
    models,
    stores,
    sequence,
    outbox,
    producers,
    passwords,
    sessions,
    operators,
    codes: createCodes({ ...inRedis, secrets: config.CODE_SECRET, metrics: authMetrics }),
    signIn: createSignIn({
      passwords,
      budget: createLoginBudget({
        ...inRedis,
        secrets: config.SESSION_SECRETS,
        perAccount: config.LOGIN_TRIES_PER_ACCOUNT,
        perAddress: config.LOGIN_TRIES_PER_ADDRESS,
        window: config.LOGIN_WINDOW_SECONDS,
        metrics: authMetrics,
      }),
    }),
    clock: createClock(config.APP_SUPPORT_TIMEZONE),
    fanOutTiming,
  });
  const app = createApp({
    dialect: dialect({ mirrorStatus: config.HTTP_STATUS_MODE === 'mirror' }),
    routes,
    logger,
    metrics,
    info: {
      title: 'app-support',
      version: '1.0.0',
      description: '账号、推送、常见问题与反馈 (document 004)',
      failure,
      securitySchemes: {
        [tokenScheme]: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'Token <access_token>',
        },
        [bearerScheme]: { type: 'http', scheme: 'bearer' },
      },
    },
    translators: [translateMongoError],
    checkOutput,
  });

  let periodic: Periodic | undefined;
  return {
    app,
    routes,
    checks: { mongodb: () => mongo.readiness(), redis: () => redisReadiness(redis) },
    finishDeletions: () => users.finishDeletions(),
    /** Resolves when the stores have been reached; requests are answered before, with 503 where they need them. */
    start: async (): Promise<void> => {
      await mongo.open();
      outbox.start();
      periodic = startPeriodic({
        ...queue,
        service,
        jobs: [
          { name: 'pushes', everyMs: 1000, run: () => fanOut.wake() },
          { name: 'deletions', everyMs: 60_000, run: () => users.finishDeletions() },
        ],
        onError: (error, where) => logger.warn({ err: error, ...where }, 'periodic work failed'),
      });
    },
    close: async (): Promise<void> => {
      await periodic?.close();
      await fanOut.close();
      await outbox.close();
      await producers.close();
      await passwords.close();
      redis.disconnect();
      await mongo.close();
    },
  };
}

export type BuiltApp = ReturnType<typeof buildApp>;
