import { apps } from '@portico/launcher';

/** A metric as the processes serve it and as rules and panels may use it. */
export interface MetricRow {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  /** What it measures, as the process itself says. */
  help: string;
  /** Labels and the values they may have: a list, or what bounds them. */
  labels: Record<string, readonly string[] | string>;
  /** Who serves it. */
  apps: readonly string[];
  /** Of Node itself: others of this kind are served too and need not be listed. */
  node?: true;
  /** Where nothing of it is served until something happens. */
  from?: string;
}

const everyApp = apps.map(({ name }) => name);
const services = apps.filter(({ kind }) => kind === 'service').map(({ name }) => name);
const withPasswords = ['sms-phone', 'customer-service', 'app-support'];
const withOutbox = ['customer-service', 'app-support'];
const withLeases = ['account-pool', 'sms-phone'];

const yesNo = ['yes', 'no'];
const channels = ['email', 'sms', 'push'];
const classes = ['login', 'code', 'write', 'read'];
const rightWrong = ['right', 'wrong'];
const methods = 'methods of HTTP';
const statuses = 'status codes of HTTP';
const providers = 'names of providers, or none';

/**
 * Every metric of the platform, in one place. Tests hold it against what the processes serve, and rules and dashboard
 * against it; docs/metrics.md is made of it.
 */
export const metrics: readonly MetricRow[] = [
  {
    name: 'readiness_check_ok',
    type: 'gauge',
    help: 'Whether a readiness check holds: 1 or 0',
    labels: { check: ['mongodb', 'redis', 'operator', 'draining'] },
    apps: everyApp,
  },
  {
    name: 'gateway_requests_total',
    type: 'counter',
    help: 'Requests answered',
    labels: {
      service: [...services, 'gateway'],
      class: [...classes, 'none'],
      method: methods,
      status: statuses,
    },
    apps: ['gateway'],
    from: 'the first request',
  },
  {
    name: 'gateway_request_duration_seconds',
    type: 'histogram',
    help: 'Time from the headers of a request to the end of its answer',
    labels: { service: [...services, 'gateway'] },
    apps: ['gateway'],
    from: 'the first request',
  },
  {
    name: 'gateway_limited_total',
    type: 'counter',
    help: 'Requests refused by a limit, or because it could not be counted',
    labels: { class: classes, reason: ['limit', 'uncounted'] },
    apps: ['gateway'],
  },
  {
    name: 'gateway_upstream_connections_total',
    type: 'counter',
    help: 'Connections opened to services',
    labels: { service: services },
    apps: ['gateway'],
    from: 'the first request',
  },
  {
    name: 'gateway_upstream_in_flight',
    type: 'gauge',
    help: 'Requests under way at a service',
    labels: { service: services },
    apps: ['gateway'],
  },
  {
    name: 'gateway_upstream_in_flight_limit',
    type: 'gauge',
    help: 'Requests that may be under way at a service; beyond them the gateway answers 503',
    labels: { service: services },
    apps: ['gateway'],
  },
  {
    name: 'gateway_upstream_instances_open',
    type: 'gauge',
    help: 'Instances of a service that get no requests because they failed',
    labels: { service: services },
    apps: ['gateway'],
  },
  {
    name: 'http_request_duration_seconds',
    type: 'histogram',
    help: 'Time from the request line to the end of the answer',
    labels: { method: methods, route: 'templates of routes, or none', status: statuses },
    apps: services,
    from: 'the first request',
  },
  {
    name: 'http_errors_total',
    type: 'counter',
    help: 'Errors answered, by their name',
    labels: { error: 'names of the catalogue (libs/envelope)' },
    apps: services,
  },
  {
    name: 'auth_password_checks_total',
    type: 'counter',
    help: 'Passwords and security answers compared, also those of unknown users',
    labels: { result: rightWrong },
    apps: withPasswords,
  },
  {
    name: 'auth_code_checks_total',
    type: 'counter',
    help: 'One-time codes compared',
    labels: { result: rightWrong },
    apps: withPasswords,
  },
  {
    name: 'auth_logins_limited_total',
    type: 'counter',
    help: 'Passwords not compared, because the guess budget of the account or the address was used up',
    labels: { by: ['account', 'address'] },
    apps: withPasswords,
  },
  {
    name: 'mongodb_transactions_total',
    type: 'counter',
    help: 'Transactions by their outcome; that of a timeout is unknown',
    labels: { result: ['committed', 'aborted', 'timeout'] },
    apps: withLeases,
  },
  {
    name: 'mongodb_transaction_retries_total',
    type: 'counter',
    help: 'Repeated attempts of transactions, after a write conflict or a lost primary',
    labels: {},
    apps: withLeases,
  },
  {
    name: 'outbox_oldest_seconds',
    type: 'gauge',
    help: 'Age of the oldest notification that should have been enqueued or confirmed by now',
    labels: {},
    apps: withOutbox,
  },
  {
    name: 'outbox_overdue_entries',
    type: 'gauge',
    help: 'Notifications that should have been enqueued or confirmed by now, up to 1,000',
    labels: {},
    apps: withOutbox,
  },
  {
    name: 'relay_oldest_seconds',
    type: 'gauge',
    help: 'Age of the oldest change that has not been copied',
    labels: { relay: ['audit trail', 'ledger'] },
    apps: withLeases,
  },
  {
    name: 'leases_granted_total',
    type: 'counter',
    help: 'Accounts or numbers leased',
    labels: {},
    apps: withLeases,
  },
  {
    name: 'leases_refused_total',
    type: 'counter',
    help: 'Requests for which there was no account or number',
    labels: {},
    apps: withLeases,
  },
  {
    name: 'leases_expired_total',
    type: 'counter',
    help: 'Leases that ended because their time was up',
    labels: {},
    apps: withLeases,
  },
  {
    name: 'leases_overdue_seconds',
    type: 'gauge',
    help: 'For how long the lease that should have ended first has been over',
    labels: {},
    apps: withLeases,
  },
  {
    name: 'sms_phone_messages_total',
    type: 'counter',
    help: 'SMS that came in, by whether they belonged to a lease',
    labels: { matched: yesNo },
    apps: ['sms-phone'],
  },
  {
    name: 'sms_phone_smpp_bound',
    type: 'gauge',
    help: 'Whether a session is bound to the message centre: 1 or 0; missing where there is none',
    labels: {},
    apps: ['sms-phone'],
  },
  {
    name: 'notifier_deliveries_total',
    type: 'counter',
    help: 'Attempts to deliver, by what they came to',
    labels: {
      channel: channels,
      provider: providers,
      outcome: ['sent', 'waiting', 'failed', 'dead', 'unknown'],
      cause: 'causes of failures (libs/queue), or none',
    },
    apps: ['notifier'],
    from: 'the first message',
  },
  {
    name: 'notifier_attempt_duration_seconds',
    type: 'histogram',
    help: 'Time from the claim of a message to its record',
    labels: { channel: channels, provider: providers },
    apps: ['notifier'],
    from: 'the first message',
  },
  {
    name: 'notifier_message_age_seconds',
    type: 'histogram',
    help: 'Age of messages when they were sent',
    labels: { channel: channels },
    apps: ['notifier'],
    from: 'the first message',
  },
  {
    name: 'notifier_receipts_total',
    type: 'counter',
    help: 'Later words of providers on messages, by whether they arrived',
    labels: { arrived: yesNo },
    apps: ['notifier'],
  },
  {
    name: 'notifier_queue_jobs',
    type: 'gauge',
    help: 'Messages in the queues',
    labels: { channel: channels, state: ['waiting', 'active', 'delayed'] },
    apps: ['notifier'],
  },
  {
    name: 'notifier_queue_oldest_seconds',
    type: 'gauge',
    help: 'How long the next message of a queue has been waiting',
    labels: { channel: channels },
    apps: ['notifier'],
  },
  {
    name: 'notifier_dead_letters',
    type: 'gauge',
    help: 'Messages that did not go out and that nobody replayed',
    labels: { channel: channels, state: ['failed', 'dead', 'unknown'] },
    apps: ['notifier'],
  },
  {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'Total user and system CPU time spent in seconds.',
    labels: {},
    apps: everyApp,
    node: true,
  },
  {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory size in bytes.',
    labels: {},
    apps: everyApp,
    node: true,
  },
  {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'Start time of the process since unix epoch in seconds.',
    labels: {},
    apps: everyApp,
    node: true,
  },
  {
    name: 'nodejs_eventloop_lag_p99_seconds',
    type: 'gauge',
    help: 'The 99th percentile of the recorded event loop delays.',
    labels: {},
    apps: everyApp,
    node: true,
  },
  {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    help: 'Process heap size used from Node.js in bytes.',
    labels: {},
    apps: everyApp,
    node: true,
  },
];

/** What Prometheus itself adds to every series of the platform (k8s/components/monitoring/pod-monitor.yaml). */
export const targetLabels = ['platform', 'job', 'namespace', 'pod', 'container', 'endpoint', 'instance'];

/** Prometheus' own word on each process that it asks. */
export const scrapeMetric = 'up';

/** The names under which a metric's samples are found. */
export function samplesOf({ name, type }: MetricRow): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
