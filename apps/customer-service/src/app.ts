import {
  bearerScheme,
  createAuthMetrics,
  createCodes,
  createLoginBudget,
  createPasswords,
  createRevocations,
  createSessions,
  createSignIn,
  createTokenIssuer,
  createTokenVerifier,
  publicHalf,
} from '@portico/auth';
import { createOutbox, outboxMetrics } from '@portico/outbox';
import { createProducers, createSealer } from '@portico/queue';
import { createFoundation, type AppDependencies } from '@portico/service/start';
import { dialect } from '../dialect.ts';
import descriptor from '../service.ts';
import { failure } from './answers.ts';
import type { Config } from './config.ts';
import { createFeatures } from './features.ts';
import { createMarkdown } from './markdown/markdown.ts';
import { renderStored } from './markdown/render-stored.ts';
import { registerModels } from './models.ts';

const service = descriptor.name;
/** For how long another instance than the one that was asked may take the token of a session that was signed out. */
const logoutSeconds = 2;

/** Wires everything; nothing runs before `start`. */
export function buildApp(dependencies: AppDependencies<Config>) {
  const { config, logger, metrics } = dependencies;
  const { REDIS_URL: redisUrl, REDIS_PREFIX: redisPrefix } = config;
  const foundation = createFoundation(descriptor, dependencies);
  const { mongo, redis, report } = foundation;
  const inRedis = { redis, prefix: redisPrefix, service };
  const models = registerModels(mongo.connection);

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
    sources: [models.codeMail, models.ticket, models.contact, models.businessAccount].map((model) => ({
      model,
    })),
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
  const markdown = createMarkdown();
  const lifetime = config.ACCESS_TOKEN_SECONDS;
  const named = { issuer: config.OPERATOR_TOKEN_ISSUER, audience: config.OPERATOR_TOKEN_AUDIENCE };
  const key = config.OPERATOR_PRIVATE_KEY;
  const { routes, users, files } = createFeatures({
    config,
    logger,
    models,
    outbox,
    passwords,
    markdown,
    sessions: createSessions({
      connection: mongo.connection,
      collection: 'sessions',
      secrets: config.SESSION_SECRETS,
      accessLifetime: lifetime,
      refreshLifetime: config.REFRESH_TOKEN_SECONDS,
      staleness: logoutSeconds,
      onReuse: (session) =>
        logger.warn({ session: session.id, user: session.userId }, 'refresh token reused'),
    }),
    revocations: createRevocations({ redis, prefix: redisPrefix, lifetime }),
    issuer: createTokenIssuer({ ...named, key, lifetime }),
    verifier: createTokenVerifier({
      ...named,
      keys: [publicHalf(key), ...(config.OPERATOR_PUBLIC_KEYS ?? [])],
    }),
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
  });
  const renderOldTexts = async (): Promise<void> => {
    await renderStored(markdown, models.contract, { text: 'contentMarkdown', html: 'contentHtml' });
    await renderStored(markdown, models.project, { text: 'overviewMarkdown', html: 'overviewHtml' });
  };

  let hasStarted = false;
  const firstOperator = {
    async start(): Promise<void> {
      const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = config;
      if (email !== undefined && password !== undefined) await users.ensureOperator(email, password);
      hasStarted = true;
    },
  };
  const oldTexts = {
    start: () => void renderOldTexts().catch(report('texts not rendered')),
    close: () => markdown.close(),
  };
  const deletions = foundation.periodic([
    { name: 'file-deletions', everyMs: 60_000, run: () => files.finishDeletions() },
  ]);
  const built = foundation.serve({
    dialect: dialect(),
    routes,
    info: {
      version: '2.0.0',
      description: '客户服务: 认证、工单、业务账号、合同、项目 (document 003)。密码以 bcrypt 存储。',
      failure,
      securitySchemes: { [bearerScheme]: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
    parts: [passwords, producers, firstOperator, outbox, oldTexts, deletions],
    // A caller that is told that the platform is ready may sign in as its operator at once.
    checks: { operator: () => (hasStarted ? undefined : 'being made') },
  });
  return { ...built, files };
}

export type BuiltApp = ReturnType<typeof buildApp>;
