export { metrics } from './monitoring/metrics.ts';
export type { PlatformMetric } from './monitoring/metrics.ts';
export { servedProblems } from './monitoring/served.ts';
