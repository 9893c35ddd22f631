import type { MetricRow } from '@portico/descriptor';

/** What account-pool alone serves. */
export const metrics: readonly MetricRow[] = [
  {
    name: 'relay_oldest_seconds',
    type: 'gauge',
    help: 'Age of the oldest change that has not been copied',
    labels: { relay: ['audit trail'] },
  },
  { name: 'leases_granted_total', type: 'counter', help: 'Accounts or numbers leased', labels: {} },
  {
    name: 'leases_refused_total',
    type: 'counter',
    help: 'Requests for which there was no account or number',
    labels: {},
  },
  {
    name: 'leases_expired_total',
    type: 'counter',
    help: 'Leases that ended because their time was up',
    labels: {},
  },
  {
    name: 'leases_overdue_seconds',
    type: 'gauge',
    help: 'For how long the lease that should have ended first has been over',
    labels: {},
  },
];
