import { sampleGauge, secondsSince, type Metrics } from '@portico/service';
import { Counter } from 'prom-client';
import type { AccountStore } from '../accounts/accounts.store.ts';

/** Counts what happens to leases. */
export function createLeaseMetrics(metrics: Metrics, store: AccountStore) {
  const counter = (name: string, help: string) => new Counter({ name, help, registers: [metrics.registry] });
  const granted = counter('leases_granted_total', 'Accounts or numbers leased');
  const refused = counter('leases_refused_total', 'Requests for which there was no account or number');
  const expired = counter('leases_expired_total', 'Leases that ended because their time was up');
  sampleGauge(metrics, {
    name: 'leases_overdue_seconds',
    help: 'For how long the lease that should have ended first has been over',
    async read() {
      const first = await store
        .collection()
        .findOne(
          { leaseExpiresAt: { $lte: new Date() } },
          { sort: { leaseExpiresAt: 1 }, projection: { leaseExpiresAt: 1 } },
        );
      return secondsSince(first?.leaseExpiresAt);
    },
  });
  return {
    granted: (accounts: number) => granted.inc(accounts),
    refused: () => refused.inc(),
    expired: (accounts: number) => expired.inc(accounts),
  };
}

export type LeaseMetrics = ReturnType<typeof createLeaseMetrics>;
