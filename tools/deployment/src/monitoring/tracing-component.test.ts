import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { plainEnvironment } from '../manifests.environment.ts';
import { engines, find, readManifests, selects, workloads } from '../manifests.ts';
import { apps, root, shapeOf } from '@portico/launcher';

test.each(engines())(
  'with the component, those who trace are told of the collector and may reach it ($name)',
  async (engine) => {
    const folder = mkdtempSync(join(tmpdir(), 'portico-overlay-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const from = (path: string) => relative(folder, join(root, 'k8s', path));
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      JSON.stringify({ resources: [from('overlays/production')], components: [from('components/tracing')] }),
    );
    const rendered = execFileSync(engine.program, [...engine.before, folder], {
      encoding: 'utf8',
      maxBuffer: 2 ** 25,
    });
    const manifests = readManifests(rendered);
    const policy = find(manifests, 'NetworkPolicy', 'tracing');
    const told: string[] = [];
    const allowed: string[] = [];
    for (const { name, labels, pod } of workloads(manifests)) {
      const [container] = pod.containers;
      if (container && plainEnvironment(manifests, container)['OTEL_EXPORTER_OTLP_ENDPOINT']) told.push(name);
      if (policy && selects(policy.spec.podSelector, labels)) allowed.push(name);
    }
    const shapes = await Promise.all(
      apps.map(async (app) => ({ name: app.name, shape: await shapeOf(app) })),
    );
    const tracing = shapes
      .filter(({ shape }) => 'OTEL_EXPORTER_OTLP_ENDPOINT' in shape)
      .map(({ name }) => name);
    expect(told.sort()).toEqual(tracing.sort());
    expect(allowed.sort()).toEqual(tracing);
  },
);
