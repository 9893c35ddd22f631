import { alertsOf, type Alert, type Monitoring } from './files.ts';
import { samplesOf, scrapeMetric, targetLabels, type PlatformMetric } from './metrics.ts';
import { readQuery, type Matcher, type Selector } from './promql.ts';

export interface KnownNames {
  metrics: readonly PlatformMetric[];
  /** Values of `job`. */
  apps: readonly string[];
  /** Values of `route`. */
  routes: readonly string[];
}

/** What is wrong with rules, dashboard and their documentation; nothing is the answer to hope for. */
export function monitoringProblems(monitoring: Monitoring, known: KnownNames): string[] {
  const alerts = alertsOf(monitoring);
  const names = alerts.map(({ alert }) => alert);
  const headings = headingsOf(monitoring.operations);
  return [
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `${name}: there are two of that name`),
    ...alerts.flatMap((alert) => alertProblems(alert, headings, known)),
    ...panelProblems(monitoring, known),
    ...mentionProblems(monitoring, names),
  ];
}

function alertProblems(alert: Alert, headings: ReadonlySet<string>, known: KnownNames): string[] {
  const { alert: name, expr, labels, annotations } = alert;
  const problems: string[] = [];
  const anchor = name.toLowerCase();
  if (!/^Portico[A-Z]\w+$/.test(name)) problems.push('an alert is called Portico…');
  if (!['warning', 'critical'].includes(labels.severity ?? ''))
    problems.push('its severity is neither warning nor critical');
  if (annotations.runbook !== `docs/operations.md#${anchor}`)
    problems.push(`its runbook is not docs/operations.md#${anchor}`);
  if (!headings.has(anchor)) problems.push('docs/operations.md has no section of its name');
  const query = queryProblems(expr, known);
  problems.push(...query.problems);
  for (const part of ['summary', 'description'] as const) {
    const text = annotations[part] ?? '';
    if (text === '') problems.push(`it has no ${part}`);
    for (const [, label = ''] of text.matchAll(/\$labels\.(\w+)/g))
      if (!query.labels?.has(label)) problems.push(`its ${part} names ${label}, which its result has not`);
  }
  return problems.map((problem) => `${name}: ${problem}`);
}

function panelProblems({ dashboard }: Monitoring, known: KnownNames): string[] {
  const problems = dashboard.templating.list.flatMap(({ name, definition }) => {
    const inner = /^label_values\((.*), (\w+)\)$/.exec(definition ?? '');
    if (!inner) return [];
    const { problems: found, labels } = queryProblems(inner[1] ?? '', known);
    if (!labels?.has(inner[2] ?? '')) found.push(`it has no label ${inner[2]}`);
    return found.map((problem) => `variable ${name}: ${problem}`);
  });
  for (const { title, type, targets = [] } of dashboard.panels) {
    if (type !== 'row' && targets.length === 0) problems.push(`panel ${title}: it shows nothing`);
    for (const { expr, legendFormat } of targets) {
      const { problems: found, labels } = queryProblems(withoutVariables(expr), known);
      for (const [, label = ''] of legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g))
        if (!labels?.has(label)) found.push(`its legend names ${label}, which its result has not`);
      problems.push(...found.map((problem) => `panel ${title}: ${problem}`));
    }
  }
  return problems;
}

/** Grafana's variables, as it may replace them. */
const withoutVariables = (expr: string) =>
  expr.replaceAll('$__rate_interval', '1m').replaceAll('"$job"', '".*"');

function queryProblems(expr: string, known: KnownNames) {
  const rows = new Map(known.metrics.flatMap((row) => samplesOf(row).map((name) => [name, row] as const)));
  const labelsOf = (metric: string): string[] | undefined => {
    if (metric === scrapeMetric) return targetLabels;
    const row = rows.get(metric);
    if (!row) return undefined;
    return [
      ...targetLabels,
      'app',
      ...Object.keys(row.labels),
      ...(metric.endsWith('_bucket') ? ['le'] : []),
    ];
  };
  const query = readQuery(expr, labelsOf);
  const problems = [...query.problems];
  for (const selector of query.selectors) {
    const row = rows.get(selector.metric);
    problems.push(...selectorProblems(selector, row, known));
  }
  return { problems: [...new Set(problems)], labels: query.labels };
}

function selectorProblems(
  { metric, matchers }: Selector,
  row: PlatformMetric | undefined,
  known: KnownNames,
): string[] {
  const problems: string[] = [];
  if (
    !matchers.some(
      ({ label, operator, value }) => label === 'platform' && operator === '=' && value === 'portico',
    )
  )
    problems.push(`${metric} is read without platform="portico": of whatever the Prometheus holds`);
  const isServed = (app: string) => !row || row.apps.includes(app);
  for (const matcher of matchers) {
    const values =
      matcher.label === 'job'
        ? known.apps.filter(isServed)
        : matcher.label === 'route'
          ? known.routes
          : row?.labels[matcher.label];
    if (!Array.isArray(values)) continue;
    for (const unmet of unmetValues(matcher, values as string[]))
      problems.push(`${metric} has no ${matcher.label} ${unmet}`);
  }
  return problems;
}

/** What a matcher asks for or leaves out that does not exist; of a pattern each alternative. */
function unmetValues({ operator, value }: Matcher, values: readonly string[]): string[] {
  if (!operator.includes('~')) return values.includes(value) ? [] : [value];
  const alternatives = /[()[\]]/.test(value) ? [value] : value.split('|');
  return alternatives.filter((pattern) => !values.some((one) => new RegExp(`^(?:${pattern})$`).test(one)));
}

/** An alert that a panel sends its reader to must exist. */
function mentionProblems(monitoring: Monitoring, names: readonly string[]): string[] {
  const mentioned = JSON.stringify(monitoring.dashboard).matchAll(/Portico[A-Z]\w+/g);
  return [...new Set([...mentioned].map(([name]) => name))]
    .filter((name) => !names.includes(name))
    .map((name) => `the dashboard mentions ${name}, which is no alert`);
}

/** The anchors of a page. */
function headingsOf(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#{2,6} +(.+?) *$/gm)].map(([, text = '']) => text);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
