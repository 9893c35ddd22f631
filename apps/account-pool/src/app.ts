import { bearerScheme, createRevocations, createTokenVerifier, operatorAccess } from '@portico/auth';
import { createMongo, createSequence, translateMongoError } from '@portico/mongo';
import { connectRedis, redisReadiness } from '@portico/queue';
import { createApp, type Logger, type Metrics } from '@portico/service';
import { dialect } from '../dialect.ts';
import { failure } from './answers.ts';
import type { Config } from './config.ts';
import { createFeatures } from './features.ts';
import { keyScheme } from './keys/access.ts';
import { registerModels } from './models.ts';
import { createStores } from './stores.ts';

export interface AppDependencies {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  /** Check every success against its route's `output`; for tests. */
  checkOutput?: boolean;
}

/** The service's name: in its database and on its connections. */
const service = 'account-pool';
/** Seconds that an operator's token lives at most. */
const operatorTokenSeconds = 86_400;

/** Wires everything; nothing runs before `start`. */
export function buildApp({ config, logger, metrics, checkOutput = false }: AppDependencies) {
  const report = (event: string) => (error: unknown) => logger.warn({ err: error }, event);
  const mongo = createMongo({
    uri: config.MONGODB_URI,
    database: config.MONGODB_DATABASE ?? 'portico_account_pool',
    appName: service,
    storeTimeoutMs: config.STORE_TIMEOUT_MS,
    onError: report('mongodb unavailable'),
    registry: metrics.registry,
  });
  // For revoked operators alone: scripts and the web go on while Redis is away.
  const redis = connectRedis({ url: config.REDIS_URL, name: service, onError: report('redis unavailable') });
  const revocations = createRevocations({
    redis,
    prefix: config.REDIS_PREFIX,
    lifetime: operatorTokenSeconds,
  });
  const operators = operatorAccess({
    verifier: createTokenVerifier({
      keys: config.OPERATOR_PUBLIC_KEYS ?? [],
      issuer: config.OPERATOR_TOKEN_ISSUER,
      audience: config.OPERATOR_TOKEN_AUDIENCE,
    }),
    isCurrent: (claims) => revocations.isCurrent(claims),
  });

  const isProduction = config.NODE_ENV === 'production';
  const open = (config.ACCOUNT_POOL_AUTH ?? (isProduction ? 'required' : 'open')) === 'open';
  if (open && isProduction) {
    logger.error(
      { ACCOUNT_POOL_AUTH: 'open' },
      'ANYBODY CAN READ AND CHANGE ALL ACCOUNTS: unset ACCOUNT_POOL_AUTH to ask for keys',
    );
  }

  const sequence = (name: string) => createSequence(mongo.connection, name);
  const models = registerModels(mongo.connection);
  const stores = createStores(models, sequence);
  const { routes, relay, sweeper, leases } = createFeatures({
    config,
    logger,
    metrics,
    models,
    stores,
    sequence,
    operators,
    open,
  });
  const app = createApp({
    dialect: dialect({ mirrorStatus: config.HTTP_STATUS_MODE === 'mirror' }),
    routes,
    logger,
    metrics,
    info: {
      title: service,
      version: '1.0.0',
      description: 'Accounts for scripts: upload, lease, update, list, export (document 001)',
      failure,
      securitySchemes: {
        [keyScheme]: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
        [bearerScheme]: { type: 'http', scheme: 'bearer' },
      },
    },
    translators: [translateMongoError],
    checkOutput,
  });

  return {
    app,
    routes,
    stores,
    relay,
    sweeper,
    checks: { mongodb: () => mongo.readiness(), redis: () => redisReadiness(redis) },
    /** Resolves when the database has been reached; requests are answered before, with 503 where they need it. */
    start: async (): Promise<void> => {
      await mongo.open();
      relay.start();
      sweeper.start();
    },
    /** Sends those home who wait for an account. */
    drain: () => leases.drain(),
    close: async (): Promise<void> => {
      await sweeper.close();
      await relay.close();
      redis.disconnect();
      await mongo.close();
    },
  };
}

export type BuiltApp = ReturnType<typeof buildApp>;
