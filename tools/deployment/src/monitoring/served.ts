import type { PlatformMetric } from './metrics.ts';

/** A metric as a process serves it: what it says of it, and the labels that its samples have. */
export interface Served {
  type: string;
  help: string;
  /** The values of each label; empty where there is no sample. */
  labels: Map<string, Set<string>>;
}

/** Reads Prometheus' text format. */
export function readServed(text: string): Map<string, Served> {
  const served = new Map<string, Served>();
  const named = (name: string) => {
    const entry = served.get(name) ?? { type: '', help: '', labels: new Map<string, Set<string>>() };
    served.set(name, entry);
    return entry;
  };
  for (const line of text.split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') named(name).help = rest;
    if (kind === 'TYPE') named(name).type = rest;
    const [, sample = '', labels = ''] = /^([a-z_A-Z]\w*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (sample === '') continue;
    const owner = served.get(sample) ?? served.get(sample.replace(/_(bucket|sum|count)$/, ''));
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
      owner?.labels.set(label, (owner.labels.get(label) ?? new Set()).add(value));
  }
  return served;
}

/** Where the table and a process disagree. */
export function servedProblems(app: string, text: string, metrics: readonly PlatformMetric[]): string[] {
  const served = readServed(text);
  const problems: string[] = [];
  for (const row of metrics) {
    const found = served.get(row.name);
    if (!row.apps.includes(app)) {
      if (found) problems.push(`${app} serves ${row.name}, which the table gives to others`);
    } else if (!found) {
      problems.push(`${app} does not serve ${row.name}`);
    } else {
      problems.push(...differences(row, found, app).map((problem) => `${app}: ${row.name} ${problem}`));
    }
  }
  const listed = new Set(metrics.map(({ name }) => name));
  for (const name of served.keys()) {
    if (!listed.has(name) && !/^(process|nodejs)_/.test(name))
      problems.push(`${app} serves ${name}, which is not in the table`);
  }
  return problems;
}

/** Labels that are not the metric's own. */
const added = new Set(['app', 'le']);

function differences(row: PlatformMetric, { type, help, labels }: Served, app: string): string[] {
  const problems: string[] = [];
  if (type !== row.type) problems.push(`is a ${type}`);
  if (help !== row.help) problems.push(`is explained as “${help}”`);
  if (labels.size === 0) return [...problems, 'has no sample'];
  const names = [...labels.keys()].filter((label) => !added.has(label)).sort();
  const expected = Object.keys(row.labels).sort();
  if (names.join() !== expected.join()) problems.push(`has the labels ${names.join(', ') || 'none'}`);
  if (!labels.get('app')?.has(app)) problems.push('does not say of which app it is');
  for (const [label, values] of Object.entries(row.labels)) {
    if (typeof values === 'string') continue;
    for (const value of labels.get(label) ?? [])
      if (!values.includes(value)) problems.push(`has the ${label} ${value}`);
  }
  return problems;
}
