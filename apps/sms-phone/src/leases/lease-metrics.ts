import { sampleGauge, secondsSince, type Metrics } from '@portico/service';
import { Counter } from 'prom-client';
import type { LeaseStore } from './leases.store.ts';

/** Counts what happens to leases. */
export function createLeaseMetrics(metrics: Metrics, store: LeaseStore) {
  const counter = (name: string, help: string) => new Counter({ name, help, registers: [metrics.registry] });
  const granted = counter('leases_granted_total', 'Accounts or numbers leased');
  const refused = counter('leases_refused_total', 'Requests for which there was no account or number');
  const expired = counter('leases_expired_total', 'Leases that ended because their time was up');
  sampleGauge(metrics, {
    name: 'leases_overdue_seconds',
    help: 'For how long the lease that should have ended first has been over',
    read: async () => secondsSince((await store.firstOver(new Date()))?.endsAt),
  });
  return {
    granted: () => granted.inc(),
    refused: () => refused.inc(),
    expired: (leases: number) => expired.inc(leases),
  };
}

export type LeaseMetrics = ReturnType<typeof createLeaseMetrics>;
