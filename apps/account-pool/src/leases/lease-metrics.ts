import type { Metrics } from '@portico/service';
import { Counter } from 'prom-client';

/** Counts what happens to leases. */
export function createLeaseMetrics({ registry }: Metrics) {
  const counter = (name: string, help: string) => new Counter({ name, help, registers: [registry] });
  const granted = counter('account_pool_leases_granted_total', 'Accounts leased');
  const empty = counter('account_pool_acquires_empty_total', 'Acquires that found no available account');
  const expired = counter('account_pool_leases_expired_total', 'Leases that ended because their time was up');
  return {
    granted: (accounts: number) => granted.inc(accounts),
    empty: () => empty.inc(),
    expired: (accounts: number) => expired.inc(accounts),
  };
}

export type LeaseMetrics = ReturnType<typeof createLeaseMetrics>;
