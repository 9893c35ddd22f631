import type { Operator } from '@portico/auth';
import type { Sequence } from '@portico/mongo';
import {
  sampleGauge,
  secondsSince,
  type Access,
  type Logger,
  type Metrics,
  type Route,
} from '@portico/service';
import { createAccountList } from './accounts/accounts.list.ts';
import { accountRoutes } from './accounts/accounts.routes.ts';
import { createAccountService } from './accounts/accounts.service.ts';
import { auditRoutes } from './audit/audit.routes.ts';
import { createRelay } from './audit/relay.ts';
import type { Config } from './config.ts';
import { createKeyAccess } from './keys/access.ts';
import { keyRoutes } from './keys/keys.routes.ts';
import { createClaims } from './leases/claims.ts';
import { createIdempotency } from './leases/idempotency.ts';
import { createLeaseMetrics } from './leases/lease-metrics.ts';
import { leaseRoutes } from './leases/leases.routes.ts';
import { createLeaseService } from './leases/leases.service.ts';
import { createSweeper } from './leases/sweeper.ts';
import type { Models } from './models.ts';
import { statsRoutes } from './stats/stats.routes.ts';
import type { Stores } from './stores.ts';
import { uploadRoutes } from './uploads/uploads.routes.ts';
import { createUploadService } from './uploads/uploads.service.ts';

export interface FeatureDependencies {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  models: Models;
  stores: Stores;
  sequence: (name: string) => Sequence;
  operators: Access<Operator>;
  /** Nobody needs a key. */
  open: boolean;
}

/** The features and their routes, and what runs beside requests. */
export function createFeatures({
  config,
  logger,
  metrics,
  models,
  stores,
  sequence,
  operators,
  open,
}: FeatureDependencies) {
  const report = (event: string) => (error: unknown) => logger.warn({ err: error }, event);
  const leaseMetrics = createLeaseMetrics(metrics, stores.accounts);
  const relay = createRelay({ ...stores, onError: report('changes not relayed') });
  sampleGauge(metrics, {
    name: 'relay_oldest_seconds',
    help: 'Age of the oldest change that has not been copied',
    labels: { relay: 'audit trail' },
    read: async () => secondsSince(await relay.oldest()),
  });
  const settle = () => relay.settle();

  const leaseSeconds = (platform: string) =>
    config.LEASE_SECONDS_BY_PLATFORM?.get(platform) ?? config.LEASE_SECONDS;
  const leases = createLeaseService({
    store: stores.accounts,
    claims: createClaims({ store: stores.accounts, leaseSeconds }),
    idempotency: createIdempotency({ model: models.idempotency, audit: stores.audit, settle }),
    leaseSeconds,
    metrics: leaseMetrics,
    onChange: () => relay.wake(),
  });
  const onChange = () => {
    relay.wake();
    leases.wake();
  };
  const sweeper = createSweeper({
    store: stores.accounts,
    everyMs: config.LEASE_SWEEP_MS,
    metrics: leaseMetrics,
    onExpired: onChange,
    onError: report('leases not swept'),
  });
  const uploads = createUploadService({ store: stores.accounts, ids: sequence('accounts'), onChange });
  const accounts = createAccountService({ store: stores.accounts, onChange });
  const list = createAccountList({ model: models.account, counts: stores.counts, settle });

  const access = createKeyAccess({ keys: stores.keys, operators, open, logger });
  const routes: Route[] = [
    ...leaseRoutes({ service: leases, access: access.scripts }),
    ...uploadRoutes({ service: uploads, access: access.scripts }),
    ...accountRoutes({ service: accounts, store: stores.accounts, list, access }),
    ...statsRoutes({ counts: stores.counts, relay, access: access.web('list') }),
    ...keyRoutes({ keys: stores.keys, access }),
    ...auditRoutes({ audit: stores.audit, relay, access: access.admin }),
  ];
  return { routes, relay, sweeper, leases };
}
