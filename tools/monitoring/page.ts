import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../platform/apps.ts';
import { readMonitoring } from './files.ts';
import { metrics } from './metrics.ts';
import { asPage } from './render.ts';

/** The page of metrics, which is generated. */
export const metricsPage = join(root, 'docs', 'metrics.md');

export async function writePage(): Promise<void> {
  writeFileSync(metricsPage, await asPage(metrics, readMonitoring(), metricsPage));
}
