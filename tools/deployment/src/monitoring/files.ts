import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '@portico/launcher';

export interface Alert {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity?: string };
  annotations: { summary?: string; description?: string; runbook?: string };
}

export interface Rules {
  spec: { groups: { name: string; rules: Alert[] }[] };
}

export interface Panel {
  title: string;
  type: string;
  targets?: { expr: string; legendFormat: string }[];
}

export interface Dashboard {
  templating: { list: { name: string; definition?: string }[] };
  panels: Panel[];
}

/** What an operator is given to watch the platform. */
export interface Monitoring {
  rules: Rules;
  dashboard: Dashboard;
  /** docs/operations.md. */
  operations: string;
}

const component = join(root, 'k8s', 'components', 'monitoring');

/** Reads the files as they are. */
export const readMonitoring = (): Monitoring => ({
  rules: parse(readFileSync(join(component, 'rules.yaml'), 'utf8')) as Rules,
  dashboard: JSON.parse(readFileSync(join(component, 'dashboard.json'), 'utf8')) as Dashboard,
  operations: readFileSync(join(root, 'docs', 'operations.md'), 'utf8'),
});

export const alertsOf = ({ rules }: Monitoring): Alert[] => rules.spec.groups.flatMap((group) => group.rules);
