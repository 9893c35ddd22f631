import {
  bearerScheme,
  createAuthMetrics,
  createLoginBudget,
  createOperatorAccess,
  createPasswords,
  createSecretTokens,
  createSignIn,
} from '@portico/auth';
import { createBackground, sampleGauge } from '@portico/service';
import { createFoundation, type AppDependencies } from '@portico/service/start';
import { dialect } from '../dialect.ts';
import descriptor from '../service.ts';
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

const service = descriptor.name;

/** Wires everything; nothing runs before `start`. */
export function buildApp(dependencies: AppDependencies<Config>) {
  const { config, logger, metrics } = dependencies;
  const foundation = createFoundation(descriptor, dependencies);
  const { mongo, redis, sequence } = foundation;
  const inRedis = { redis, prefix: config.REDIS_PREFIX };
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
      'Users can credit themselves any amount: unset SMS_PHONE_RECHARGE to require vouchers',
    );
  }

  const models = registerModels(mongo.connection);
  const { routes, jobs, messages, receive, joining } = createFeatures({
    config,
    logger,
    metrics,
    models,
    sequence,
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
    operators: createOperatorAccess({ config, redis }),
    pollLimit: createPollLimit(redis, config.REDIS_PREFIX),
    open,
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

  const inventory = {
    start: () => canonicaliseInventory(models, createPhones(config.PHONE_REGION), logger),
  };
  const receiving = {
    async start(): Promise<void> {
      const url = await centreUrl();
      if (url === undefined) return;
      const { SMPP_SYSTEM_ID: systemId, SMPP_PASSWORD: password } = config;
      const bound = (receiver = startSmppReceiver({ url, systemId, password, receive, joining, logger }));
      sampleGauge(metrics, {
        name: 'sms_phone_smpp_bound',
        help: 'Whether a session is bound to the message centre: 1 or 0; missing where there is none',
        read: () => (bound.isBound() ? 1 : 0),
      });
    },
    async close(): Promise<void> {
      await receiver?.close();
      await simulator?.close();
    },
  };

  const built = foundation.serve({
    dialect: dialect(),
    routes,
    info: {
      version: '1.0.0',
      description: '租用号码, 接收验证码 (document 002)',
      failure,
      securitySchemes: {
        [tokenScheme]: { type: 'apiKey', in: 'query', name: 'token' },
        [bearerScheme]: { type: 'http', scheme: 'bearer' },
      },
    },
    parts: [passwords, inventory, ...sweepers, receiving],
    // Requests that wait for a message are answered at once.
    drain: () => messages.drain(),
  });
  return { ...built, receive, joining, jobs, isBound: () => receiver?.isBound() ?? false };
}

export type BuiltApp = ReturnType<typeof buildApp>;
