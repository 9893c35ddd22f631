import {
  bearerScheme,
  createAuthMetrics,
  createCodes,
  createLoginBudget,
  createOperatorAccess,
  createPasswords,
  createSessions,
  createSignIn,
} from '@portico/auth';
import { createOutbox, outboxMetrics } from '@portico/outbox';
import { createProducers, createSealer } from '@portico/queue';
import { createFoundation, type AppDependencies } from '@portico/service/start';
import { dialect } from '../dialect.ts';
import descriptor from '../service.ts';
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

/** What tests may set. */
export interface AppTiming {
  fanOutTiming?: Partial<FanOutTiming>;
}

const service = descriptor.name;

/** Wires everything; nothing runs before `start`. */
export function buildApp(dependencies: AppDependencies<Config>, { fanOutTiming = {} }: AppTiming = {}) {
  const { config, logger, metrics } = dependencies;
  const { REDIS_URL: redisUrl, REDIS_PREFIX: redisPrefix } = config;
  const foundation = createFoundation(descriptor, dependencies);
  const { mongo, redis, sequence, report } = foundation;
  const inRedis = { redis, prefix: redisPrefix, service };
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
  const operators = createOperatorAccess({ config, redis });

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
  const periodic = foundation.periodic([
    { name: 'pushes', everyMs: 1000, run: () => fanOut.wake() },
    { name: 'deletions', everyMs: 60_000, run: () => users.finishDeletions() },
  ]);
  const built = foundation.serve({
    dialect: dialect({ mirrorStatus: config.HTTP_STATUS_MODE === 'mirror' }),
    routes,
    info: {
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
    parts: [passwords, producers, outbox, fanOut, periodic],
  });
  return { ...built, finishDeletions: () => users.finishDeletions() };
}

export type BuiltApp = ReturnType<typeof buildApp>;
