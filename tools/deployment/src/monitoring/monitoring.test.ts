import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { apps, root } from '@portico/launcher';
import { alertsOf, readMonitoring, type Alert, type Monitoring, type Panel } from './files.ts';
import { metrics } from './metrics.ts';
import { monitoringProblems } from './monitoring.rules.ts';
import { readQuery } from './promql.ts';
import { servedProblems } from './served.ts';

const routes = globSync(join(root, 'apps', '*', 'src', '**', '*.routes.ts')).flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/\bpath: '(\/[^']*)'/g)].map(([, path = '']) => path),
);
const known = { metrics, routes, apps: apps.map(({ name }) => name) };

test('rules and dashboard use what there is, and each alert has its section', () => {
  expect(monitoringProblems(readMonitoring(), known)).toEqual([]);
});

test('the table has each metric once, with an app that there is', () => {
  const names = metrics.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(metrics.flatMap((row) => row.apps).filter((app) => !known.apps.includes(app))).toEqual([]);
});

const alert = (monitoring: Monitoring, name: string): Alert => {
  const found = alertsOf(monitoring).find((one) => one.alert === name);
  if (!found) throw new Error(`no alert ${name}`);
  return found;
};
const panel = (monitoring: Monitoring, title: string): Required<Panel>['targets'][number] => {
  const target = monitoring.dashboard.panels.find((one) => one.title === title)?.targets?.[0];
  if (!target) throw new Error(`no panel ${title}`);
  return target;
};
const edit = (holder: { expr: string }, from: string, to: string) => {
  if (!holder.expr.includes(from)) throw new Error(`${from} is not in ${holder.expr}`);
  holder.expr = holder.expr.replaceAll(from, to);
};

/** One mistake each, and what must be said of it. */
const mistakes: Record<string, [make: (monitoring: Monitoring) => void, said: string]> = {
  'a metric is misspelt in a rule': [
    (all) => edit(alert(all, 'PorticoOutboxAge'), 'outbox_oldest_seconds', 'outbox_oldest_second'),
    'PorticoOutboxAge: no such metric: outbox_oldest_second',
  ],
  'a metric is misspelt in a panel': [
    (all) => edit(panel(all, 'Queues'), 'notifier_queue_jobs', 'notifier_jobs'),
    'panel Queues: no such metric: notifier_jobs',
  ],
  'a label does not exist': [
    (all) => edit(alert(all, 'PorticoErrorRate'), 'status=~', 'code=~'),
    'PorticoErrorRate: gateway_requests_total has no label code',
  ],
  'a label is grouped by that does not exist': [
    (all) => edit(panel(all, 'Expired'), 'by (job)', 'by (owner)'),
    'panel Expired: sum by has no label owner',
  ],
  'a value does not exist': [
    (all) => edit(alert(all, 'PorticoFailedLogins'), 'result="wrong"', 'result="bad"'),
    'PorticoFailedLogins: auth_password_checks_total has no result bad',
  ],
  'an alternative of a pattern does not exist': [
    (all) => edit(alert(all, 'PorticoDeadLetters'), 'dead|unknown', 'dead|lost'),
    'PorticoDeadLetters: notifier_dead_letters has no state lost',
  ],
  'a route was renamed': [
    (all) => edit(alert(all, 'PorticoLatency'), '/api/get_sms_code', '/api/sms_code'),
    'PorticoLatency: http_request_duration_seconds_bucket has no route /api/sms_code',
  ],
  'an app does not serve the metric': [
    (all) => edit(alert(all, 'PorticoPoolEmpty'), 'account-pool', 'app-support'),
    'PorticoPoolEmpty: leases_refused_total has no job app-support',
  ],
  'the series of others are read': [
    (all) => edit(alert(all, 'PorticoEventLoopLag'), '{platform="portico"}', ''),
    'PorticoEventLoopLag: nodejs_eventloop_lag_p99_seconds is read without platform="portico": of whatever the Prometheus holds',
  ],
  'it is not PromQL': [
    (all) => edit(alert(all, 'PorticoRelayAge'), 'by (job, relay)', 'by (job, relay'),
    'PorticoRelayAge: not PromQL at “(relay_oldest_second”',
  ],
  'the two sides of a ratio never meet': [
    (all) =>
      edit(
        alert(all, 'PorticoErrorRate'),
        'sum by (service) (rate(gateway_requests_total{platform="portico"}',
        'sum by (job) (rate(gateway_requests_total{platform="portico"}',
      ),
    'PorticoErrorRate: its two sides never meet: service, job is on one of them only',
  ],
  'a quantile has lost its buckets': [
    (all) => edit(panel(all, 'Latency, p99'), 'by (service, le)', 'by (service)'),
    'panel Latency, p99: histogram_quantile needs the label le',
  ],
  'a text names a label that is summed away': [
    (all) => edit(alert(all, 'PorticoQueueAge'), 'max by (channel)', 'max'),
    'PorticoQueueAge: its summary names channel, which its result has not',
  ],
  'a legend names a label that is summed away': [
    (all) => (panel(all, 'Requests').legendFormat = '{{route}}'),
    'panel Requests: its legend names route, which its result has not',
  ],
  'an alert has no section': [
    (all) => (all.operations = all.operations.replace('### PorticoBreakerOpen', '### Breakers')),
    'PorticoBreakerOpen: docs/operations.md has no section of its name',
  ],
  'an alert leads to the section of another': [
    (all) => (alert(all, 'PorticoDefect').annotations.runbook = 'docs/operations.md#porticolatency'),
    'PorticoDefect: its runbook is not docs/operations.md#porticodefect',
  ],
  'an alert has no severity': [
    (all) => (alert(all, 'PorticoDefect').labels = {}),
    'PorticoDefect: its severity is neither warning nor critical',
  ],
  'a panel leads to an alert that was renamed': [
    (all) => (alert(all, 'PorticoDefect').alert = 'PorticoBug'),
    'the dashboard mentions PorticoDefect, which is no alert',
  ],
};

test.each(Object.entries(mistakes))('it is noticed when %s', (_name, [make, said]) => {
  const monitoring = structuredClone(readMonitoring());
  make(monitoring);
  expect(monitoringProblems(monitoring, known)).toContain(said);
});

describe('a query', () => {
  const labelsOf = (metric: string) =>
    metric.startsWith('a') ? ['x', 'y', 'le'] : metric.startsWith('b') ? ['x'] : undefined;
  it.each([
    ['a', ['x', 'y', 'le']],
    ['rate(a[5m])', ['x', 'y', 'le']],
    ['sum(a)', []],
    ['sum by (x) (a) > 3', ['x']],
    ['sum(a) by (x)', ['x']],
    ['sum without (le) (a)', ['x', 'y']],
    ['topk(3, sum by (y) (a))', ['y']],
    ['histogram_quantile(0.9, sum by (x, le) (rate(a[1m])))', ['x']],
    ['b / sum by (x) (a)', ['x']],
    ['b * on (x) group_left (y) a', ['x']],
    ['max_over_time(a[1h:1m] offset 5m)', ['x', 'y', 'le']],
    ['-(b)', ['x']],
    ['absent(b == 1) or b', []],
    ['label_replace(absent(b), "z", "v", "", "")', ['z']],
  ])('%s has the labels %j', (expression, labels) => {
    const query = readQuery(expression, labelsOf);
    expect(query.problems).toEqual([]);
    expect([...(query.labels ?? ['number'])]).toEqual(labels);
  });

  it('without a series is a number', () => {
    expect(readQuery('time() - 3', labelsOf)).toMatchObject({ labels: undefined, problems: [] });
  });
});

describe('what a process serves', () => {
  const row = {
    ...metrics[0]!,
    name: 'm_total',
    type: 'counter' as const,
    help: 'Counts',
    labels: { l: ['a'] },
    apps: ['x'],
  };
  const text = '# HELP m_total Counts\n# TYPE m_total counter\nm_total{l="a",app="x"} 1\n';
  it.each([
    ['is as the table says', text, []],
    ['is missing', '', ['x does not serve m_total']],
    ['is of another type', text.replace(' counter', ' gauge'), ['x: m_total is a gauge']],
    ['is explained otherwise', text.replace('Counts', 'Count'), ['x: m_total is explained as “Count”']],
    ['has another label', text.replace('l=', 'k='), ['x: m_total has the labels k']],
    ['has a value that is not listed', text.replace('"a"', '"b"'), ['x: m_total has the l b']],
    ['has no sample', text.replace(/m_total\{.*/, ''), ['x: m_total has no sample']],
    [
      'is not listed',
      `${text}# HELP n N\n# TYPE n gauge\nn{app="x"} 1\n`,
      ['x serves n, which is not in the table'],
    ],
  ])('%s', (_name, served, problems) => {
    expect(servedProblems('x', served, [row])).toEqual(problems);
  });

  it('belongs to others', () => {
    expect(servedProblems('y', text, [row])).toEqual(['y serves m_total, which the table gives to others']);
  });
});
