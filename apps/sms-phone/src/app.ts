import {
  createAuthMetrics,
  createLoginBudget,
  createPasswords,
  createRevocations,
  createSecretTokens,
  createSignIn,
  createTokenVerifier,
  bearerScheme,
  operatorAccess,
} from '@portico/auth';
import { createMongo, createSequence, translateMongoError } from '@portico/mongo';
import { connectRedis, redisReadiness } from '@portico/queue';
import { createApp, createBackground, sampleGauge, type Logger, type Metrics } from '@portico/service';
import { dialect } from '../dialect.ts';
import { failure } from './answers.ts';
import type { Config } from './config.ts';
import { createFeatures } from './features.ts';
import { startSmppReceiver, type SmppReceiver } from './inbound/smpp-receiver.ts';
import { createPollLimit } from './messages/poll-limit.ts';
import { registerModels } from './models.ts';
import { canonicaliseInventory } from './phones/canonical-inventory.ts';
import { createPhones } from './phones/phones.ts';
import { writeAddress } from './simulator/address-file.ts';
import { startSimulator, type Simulator } from './simulator/simulator.ts';
import { tokenScheme } from './users/access.ts';

export interface AppDependencies {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  /** Check every success against its route's `output`; for tests. */
  checkOutput?: boolean;
}

/** The service's name: in its database and on its connections. */
const service = 'sms-phone';
/** Seconds that an operator's token lives at most. */
const operatorTokenSeconds = 86_400;

/** Wires everything; nothing runs before `start`. */
export function buildApp({ config, logger, metrics, checkOutput = false }: AppDependencies) {
  const report = (event: string) => (error: unknown) => logger.warn({ err: error }, event);
  const mongo = createMongo({
    uri: config.MONGODB_URI,
    database: config.MONGODB_DATABASE ?? 'portico_sms_phone',
    appName: service,
    storeTimeoutMs: config.STORE_TIMEOUT_MS,
    onError: report('mongodb unavailable'),
    registry: metrics.registry,
  });
  const redis = connectRedis({ url: config.REDIS_URL, name: service, onError: report('redis unavailable') });
  const inRedis = { redis, prefix: config.REDIS_PREFIX };
  const revocations = createRevocations({ ...inRedis, lifetime: operatorTokenSeconds });
  const authMetrics = createAuthMetrics(metrics);
  const passwords = createPasswords({
    peppers: config.PASSWORD_PEPPERS,
    cost: config.BCRYPT_COST,
    threads: config.PASSWORD_THREADS,
    maxQueue: config.PASSWORD_QUEUE,
    longestWaitMs: config.PASSWORD_WAIT_MS,
    metrics: authMetrics,
  });

  const isProduction = config.NODE_ENV === 'production';
  const open = (config.SMS_PHONE_RECHARGE ?? (isProduction ? 'voucher' : 'open')) === 'open';
  if (open && isProduction) {
    logger.error(
      { SMS_PHONE_RECHARGE: 'open' },
      'ANY USER CAN CREDIT HIMSELF WITH ANY AMOUNT: unset SMS_PHONE_RECHARGE to ask for vouchers',
    );
  }

  const models = registerModels(mongo.connection);
  const { routes, jobs, messages, receive, joining } = createFeatures({
    config,
    logger,
    metrics,
    models,
    sequence: (name) => createSequence(mongo.connection, name),
    withTransaction: mongo.withTransaction,
    passwords,
    tokens: createSecretTokens({
      secrets: config.TOKEN_SECRETS,
      lifetime: config.TOKEN_SECONDS,
      issuer: `portico/${service}`,
      audience: `portico/${service}`,
    }),
    signIn: createSignIn({
      passwords,
      budget: createLoginBudget({
        ...inRedis,
        service,
        secrets: config.TOKEN_SECRETS,
        perAccount: config.LOGIN_TRIES_PER_ACCOUNT,
        perAddress: config.LOGIN_TRIES_PER_ADDRESS,
        window: config.LOGIN_WINDOW_SECONDS,
        metrics: authMetrics,
      }),
    }),
    operators: operatorAccess({
      verifier: createTokenVerifier({
        keys: config.OPERATOR_PUBLIC_KEYS ?? [],
        issuer: config.OPERATOR_TOKEN_ISSUER,
        audience: config.OPERATOR_TOKEN_AUDIENCE,
      }),
      isCurrent: (claims) => revocations.isCurrent(claims),
    }),
    pollLimit: createPollLimit(redis, config.REDIS_PREFIX),
    open,
  });
  const app = createApp({
    dialect: dialect(),
    routes,
    logger,
    metrics,
    info: {
      title: service,
      version: '1.0.0',
      description: '租用号码, 接收验证码 (document 002)',
      failure,
      securitySchemes: {
        [tokenScheme]: { type: 'apiKey', in: 'query', name: 'token' },
        [bearerScheme]: { type: 'http', scheme: 'bearer' },
      },
    },
    translators: [translateMongoError],
    checkOutput,
  });

  const sweepers = jobs.map(({ name, everyMs, run }) =>
    createBackground({
      run,
      everyMs,
      onError: (error) => logger.warn({ err: error, job: name }, 'not swept'),
    }),
  );
  let simulator: Simulator | undefined;
  let receiver: SmppReceiver | undefined;

  /** The centre of the operator's; in development one of our own, so that `npm run sms:send` has somewhere to go. */
  async function centreUrl(): Promise<string | undefined> {
    if (config.SMPP_URL !== undefined) return config.SMPP_URL;
    if (config.NODE_ENV !== 'development' || !config.SMPP_SIMULATOR) return undefined;
    simulator = await startSimulator(config.SMPP_SIMULATOR_PORT);
    await writeAddress(config.DATA_DIR, simulator.url);
    return simulator.url;
  }

  return {
    app,
    routes,
    receive,
    joining,
    jobs,
    checks: { mongodb: () => mongo.readiness(), redis: () => redisReadiness(redis) },
    isBound: () => receiver?.isBound() ?? false,
    /** Resolves when the database has been reached; requests are answered before, with 503 where they need it. */
    start: async (): Promise<void> => {
      await mongo.open();
      await canonicaliseInventory(models, createPhones(config.PHONE_REGION), logger);
      for (const sweeper of sweepers) sweeper.start();
      const url = await centreUrl();
      if (url !== undefined) {
        const { SMPP_SYSTEM_ID: systemId, SMPP_PASSWORD: password } = config;
        const bound = (receiver = startSmppReceiver({
          url,
          systemId,
          password,
          receive,
          joining,
          logger,
        }));
        sampleGauge(metrics, {
          name: 'sms_phone_smpp_bound',
          help: 'Whether a session is bound to the message centre: 1 or 0; missing where there is none',
          read: () => (bound.isBound() ? 1 : 0),
        });
      }
    },
    /** Sends those home who wait for a message. */
    drain: () => messages.drain(),
    close: async (): Promise<void> => {
      await receiver?.close();
      await simulator?.close();
      await Promise.all(sweepers.map((sweeper) => sweeper.close()));
      await passwords.close();
      redis.disconnect();
      await mongo.close();
    },
  };
}

export type BuiltApp = ReturnType<typeof buildApp>;
