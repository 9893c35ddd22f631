import { join } from 'node:path';
import { allVariables, apps, asPage as configurationPage, root, shapeOf } from '@portico/launcher';
import { readMonitoring } from './monitoring/files.ts';
import { metrics } from './monitoring/metrics.ts';
import { asPage as metricsPage } from './monitoring/render.ts';
import { renderBase } from './templates/base.ts';
import { renderCodeowners } from './templates/codeowners.ts';
import { renderCompose } from './templates/compose.ts';
import { renderPolicies } from './templates/policies.ts';
import { renderExternalMongodb, renderInClusterStores } from './templates/stores.ts';

export interface GeneratedFile {
  /** Its path. */
  file: string;
  content: string;
}

/** Every committed file that is made from others, as it has to be now. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const configuration = join(root, 'docs', 'configuration.md');
  const metricsFile = join(root, 'docs', 'metrics.md');
  const rendered = await Promise.all(apps.map(async (app) => ({ ...app, shape: await shapeOf(app) })));
  const kubernetes = (path: string, content: string) => ({ file: join(root, 'k8s', path), content });
  return [
    { file: configuration, content: await configurationPage(await allVariables(), configuration) },
    { file: metricsFile, content: await metricsPage(metrics, readMonitoring(), metricsFile) },
    { file: join(root, '.github', 'CODEOWNERS'), content: renderCodeowners(apps) },
    { file: join(root, 'docker-compose.yml'), content: await renderCompose(rendered) },
    ...Object.entries(await renderBase(rendered)).map(([path, content]) =>
      kubernetes(`base/${path}`, content),
    ),
    kubernetes('components/network-policies/apps.yaml', await renderPolicies(rendered)),
    kubernetes('components/external-mongodb/kustomization.yaml', await renderExternalMongodb(rendered)),
    kubernetes('components/in-cluster-stores/kustomization.yaml', await renderInClusterStores(rendered)),
  ];
}
