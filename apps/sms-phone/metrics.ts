import type { MetricRow } from '@portico/descriptor';

/** What sms-phone alone serves. */
export const metrics: readonly MetricRow[] = [
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
  {
    name: 'sms_phone_messages_total',
    type: 'counter',
    help: 'SMS that came in, by whether they belonged to a lease',
    labels: { matched: ['yes', 'no'] },
  },
  {
    name: 'sms_phone_smpp_bound',
    type: 'gauge',
    help: 'Whether a session is bound to the message centre: 1 or 0; missing where there is none',
    labels: {},
  },
];
