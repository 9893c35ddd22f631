export { metrics } from './monitoring/metrics.ts';
export type { MetricRow } from './monitoring/metrics.ts';
export { servedProblems } from './monitoring/served.ts';
