import { join } from 'node:path';
import { allVariables, asPage as configurationPage, root } from '@portico/launcher';
import { readMonitoring } from './monitoring/files.ts';
import { metrics } from './monitoring/metrics.ts';
import { asPage as metricsPage } from './monitoring/render.ts';

export interface GeneratedFile {
  /** Its path. */
  file: string;
  content: string;
}

/** Every committed file that is made from others, as it has to be now. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const configuration = join(root, 'docs', 'configuration.md');
  const metricsFile = join(root, 'docs', 'metrics.md');
  return [
    { file: configuration, content: await configurationPage(await allVariables(), configuration) },
    { file: metricsFile, content: await metricsPage(metrics, readMonitoring(), metricsFile) },
  ];
}
