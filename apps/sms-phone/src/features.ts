import type { Operator, Passwords, SecretTokens, SignIn } from '@portico/auth';
import type { Sequence, WithTransaction } from '@portico/mongo';
import type { Access, Logger, Metrics, Route } from '@portico/service';
import type { Config } from './config.ts';
import { createJoining } from './inbound/joining.ts';
import { createReceive } from './inbound/receive.ts';
import { webhookRoutes } from './inbound/webhook.routes.ts';
import { FreeNumbers } from './leases/free-numbers.ts';
import { createLeaseMetrics } from './leases/lease-metrics.ts';
import { leaseRoutes } from './leases/leases.routes.ts';
import { createLeaseService } from './leases/leases.service.ts';
import { createLeaseStore } from './leases/leases.store.ts';
import { createLeasing } from './leases/leasing.ts';
import { ledgerRoutes } from './ledger/ledger.routes.ts';
import { createLedgerService } from './ledger/ledger.service.ts';
import { createLedgerStore } from './ledger/ledger.store.ts';
import { MoneyQueue } from './ledger/money-queue.ts';
import { createMessageMetrics } from './messages/message-metrics.ts';
import { messageRoutes } from './messages/messages.routes.ts';
import { createMessageService } from './messages/messages.service.ts';
import { createMessageStore } from './messages/messages.store.ts';
import { createPhones } from './phones/phones.ts';
import type { PollLimit } from './messages/poll-limit.ts';
import type { Models } from './models.ts';
import { numberRoutes } from './numbers/numbers.routes.ts';
import { createNumberStore } from './numbers/numbers.store.ts';
import { projectRoutes } from './projects/projects.routes.ts';
import { createProjectStore } from './projects/projects.store.ts';
import { createUserAccess } from './users/access.ts';
import { userRoutes } from './users/users.routes.ts';
import { createUserService } from './users/users.service.ts';
import { createUserStore } from './users/users.store.ts';

export interface FeatureDependencies {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  models: Models;
  sequence: (name: string) => Sequence;
  withTransaction: WithTransaction;
  passwords: Passwords;
  tokens: SecretTokens;
  signIn: SignIn;
  operators: Access<Operator>;
  pollLimit: PollLimit;
  /** Users credit themselves with any amount. */
  open: boolean;
}

const dayMs = 86_400_000;

/** Work that every instance does again and again. */
export interface SweepJob {
  name: string;
  everyMs: number;
  run: () => Promise<void>;
}

/** The features and their routes, and what runs beside requests. */
export function createFeatures(dependencies: FeatureDependencies) {
  const { config, logger, metrics, models, sequence, withTransaction } = dependencies;
  const { passwords, tokens, signIn, operators } = dependencies;
  const report = (event: string) => (error: unknown) => logger.warn({ err: error }, event);

  const phones = createPhones(config.PHONE_REGION);
  const leaseStore = createLeaseStore(models.lease);
  const accounts = createLedgerStore(models);
  const money = { accounts, queue: new MoneyQueue(), withTransaction };
  const userStore = createUserStore({ model: models.user, ids: sequence('users') });
  const projects = createProjectStore(models.project);
  const numbers = createNumberStore(models.number);
  const messageStore = createMessageStore(models.message, config.MESSAGE_RETENTION_DAYS * dayMs);

  const ledger = createLedgerService({ ...money, store: accounts, users: userStore });
  const leaseMetrics = createLeaseMetrics(metrics, leaseStore);
  const free = new FreeNumbers(numbers, leaseStore);
  const leasing = createLeasing({
    ...money,
    leases: leaseStore,
    free,
    projects,
    users: userStore,
    leaseMs: config.LEASE_MINUTES * 60_000,
    metrics: leaseMetrics,
  });
  const leases = createLeaseService({
    ...money,
    store: leaseStore,
    users: userStore,
    coolDownMs: config.COOL_DOWN_SECONDS * 1000,
    metrics: leaseMetrics,
  });
  const messages = createMessageService({
    store: messageStore,
    leases,
    projects,
    phones,
    pollLimit: dependencies.pollLimit,
    metrics: createMessageMetrics(metrics),
    redeliveryMs: config.SMS_REDELIVERY,
    onError: report('message not delivered yet'),
  });
  const receive = createReceive(phones, messages);
  const joining = createJoining(models.parts, receive);

  const users = createUserAccess(tokens, userStore);
  const routes: Route[] = [
    ...userRoutes({
      service: createUserService({ store: userStore, passwords, tokens, signIn }),
      store: userStore,
      money: (userId) => accounts.money(userId),
      operators,
    }),
    ...ledgerRoutes({ service: ledger, users, operators, open: dependencies.open }),
    ...projectRoutes({ store: projects, users, operators }),
    ...numberRoutes({ store: numbers, operators, phones, onChange: () => free.forget() }),
    ...leaseRoutes({ leasing, service: leases, store: leaseStore, users, operators, phones }),
    ...messageRoutes({ service: messages, store: messageStore, users, operators, phones }),
    ...webhookRoutes({
      receive,
      secret: config.SMS_INBOUND_SECRET,
      twilioToken: config.TWILIO_AUTH_TOKEN,
      publicUrl: config.PUBLIC_URL,
    }),
  ];
  const everyMs = config.SWEEP_MS;
  const jobs: SweepJob[] = [
    { name: 'leases', everyMs, run: () => leases.sweep() },
    { name: 'messages', everyMs, run: () => messages.recover() },
    { name: 'parts', everyMs, run: () => joining.recover() },
  ];
  return { routes, jobs, leases, messages, receive, joining };
}
