import { fileOf, limitClasses, type MetricRow } from '@portico/descriptor';
import { apps, type App } from '@portico/launcher';

/** A metric as the processes serve it and as rules and panels may use it. */
export interface PlatformMetric extends MetricRow {
  /** The apps that serve it. */
  apps: readonly string[];
  /** Of Node itself: others of this kind are served too and need not be listed. */
  node?: true;
}

const namesOf = (isServing: (app: App) => boolean) => apps.filter(isServing).map(({ name }) => name);
const everyApp = namesOf(() => true);
const gateway = namesOf(({ kind }) => kind === 'gateway');
const services = namesOf(({ kind }) => kind === 'service');
const withPasswords = namesOf(({ secrets }) => secrets.some(({ name }) => name === 'PASSWORD_PEPPERS'));
const withOutbox = namesOf(({ uses }) => uses.outbox);

const classes = [...limitClasses];
const rightWrong = ['right', 'wrong'];
const methods = 'methods of HTTP';
const statuses = 'status codes of HTTP';

/** What the gateway and the libs serve; the `metrics` of its descriptor says what an app alone serves. */
const shared: readonly PlatformMetric[] = [
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
    apps: gateway,
    from: 'the first request',
  },
  {
    name: 'gateway_request_duration_seconds',
    type: 'histogram',
    help: 'Time from the headers of a request to the end of its answer',
    labels: { service: [...services, 'gateway'] },
    apps: gateway,
    from: 'the first request',
  },
  {
    name: 'gateway_limited_total',
    type: 'counter',
    help: 'Requests refused by a limit, or because it could not be counted',
    labels: { class: classes, reason: ['limit', 'uncounted'] },
    apps: gateway,
  },
  {
    name: 'gateway_upstream_connections_total',
    type: 'counter',
    help: 'Connections opened to services',
    labels: { service: services },
    apps: gateway,
    from: 'the first request',
  },
  {
    name: 'gateway_upstream_in_flight',
    type: 'gauge',
    help: 'Requests under way at a service',
    labels: { service: services },
    apps: gateway,
  },
  {
    name: 'gateway_upstream_in_flight_limit',
    type: 'gauge',
    help: 'Requests that may be under way at a service; beyond them the gateway answers 503',
    labels: { service: services },
    apps: gateway,
  },
  {
    name: 'gateway_upstream_instances_open',
    type: 'gauge',
    help: 'Instances of a service that get no requests because they failed',
    labels: { service: services },
    apps: gateway,
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
    name: 'mongodb_transactions_total',
    type: 'counter',
    help: 'Transactions by their outcome; that of a timeout is unknown',
    labels: { result: ['committed', 'aborted', 'timeout'] },
    apps: services,
  },
  {
    name: 'mongodb_transaction_retries_total',
    type: 'counter',
    help: 'Repeated attempts of transactions, after a write conflict or a lost primary',
    labels: {},
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

/** What single apps serve. A metric that several serve is one row, with the values of all. */
async function ownMetrics(): Promise<PlatformMetric[]> {
  const rows = new Map<string, PlatformMetric>();
  for (const app of apps) {
    if (!app.metrics) continue;
    const { metrics } = (await import(fileOf(app, app.metrics))) as { metrics: readonly MetricRow[] };
    for (const row of metrics) {
      const known = rows.get(row.name);
      rows.set(row.name, {
        ...row,
        labels: joinLabels(known?.labels ?? {}, row.labels),
        apps: [...(known?.apps ?? []), app.name],
      });
    }
  }
  return [...rows.values()];
}

function joinLabels(one: MetricRow['labels'], other: MetricRow['labels']): MetricRow['labels'] {
  const joined = Object.entries(other).map(([label, values]) => {
    const known = one[label] ?? [];
    if (typeof values === 'string' || typeof known === 'string') return [label, values] as const;
    return [label, [...new Set([...known, ...values])]] as const;
  });
  return { ...one, ...Object.fromEntries(joined) };
}

const ofNode = ({ node }: PlatformMetric) => node === true;

/**
 * Every metric of the platform, in one place. Tests hold it against what the processes serve, and rules and dashboard
 * against it; docs/metrics.md is made of it.
 */
export const metrics: readonly PlatformMetric[] = [
  ...shared.filter((row) => !ofNode(row)),
  ...(await ownMetrics()),
  ...shared.filter(ofNode),
];

/** What Prometheus itself adds to every series of the platform (k8s/components/monitoring/pod-monitor.yaml). */
export const targetLabels = ['platform', 'job', 'namespace', 'pod', 'container', 'endpoint', 'instance'];

/** Prometheus' own word on each process that it asks. */
export const scrapeMetric = 'up';

/** The names under which a metric's samples are found. */
export function samplesOf({ name, type }: MetricRow): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
