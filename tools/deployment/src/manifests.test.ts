import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeConfig } from '@portico/config';
import { createMetrics, createOperationsApp } from '@portico/service';
import { afterEach, expect, test, vi } from 'vitest';
import { apps, root, secretLines, shapeOf, sourceOf } from '@portico/launcher';
import { givenTo, secretKeys } from './manifests.environment.ts';
import { containerOf, misshapen, mistakes, mistakesInDev } from './manifests.mistakes.ts';
import { manifestProblems, type Platform } from './manifests.rules.ts';
import { loadSchemas } from './manifests.schemas.ts';
import { engines, overlays, readManifests, renderOverlay, type Overlay } from './manifests.ts';
import { arrowsOf } from './manifests.traffic.ts';

const [engine, ...otherEngines] = engines();
if (!engine) throw new Error('nothing renders kustomizations');
const texts = Object.fromEntries(overlays.map((one) => [one, renderOverlay(one, engine)]));
const read = Object.fromEntries(overlays.map((one) => [one, readManifests(texts[one] ?? '')]));
/** An overlay's manifests, to make mistakes in. */
const rendered = (overlay: Overlay) => structuredClone(read[overlay] ?? []);

const shapes = await Promise.all(apps.map(shapeOf));
const madeSecrets = Object.fromEntries(
  secretLines().map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);
const documentedKeys = readDocumentedKeys();
const platform: Platform = {
  apps: apps.map(({ name }, index) => ({ name, variables: Object.keys(shapes[index] ?? {}) })),
  secrets: {
    variables: shapes.flatMap((shape) =>
      describeConfig(shape)
        .filter(({ secret }) => secret)
        .map(({ name }) => name),
    ),
    keys: [...Object.keys(madeSecrets).map((key) => `portico-secrets/${key}`), ...documentedKeys],
  },
  served: createOperationsApp(createMetrics('any'), {}).router.stack.flatMap(
    ({ route }) => route?.path ?? [],
  ),
  arrows: arrowsOf(apps),
};
const schemaProblems = await loadSchemas(overlays.flatMap(rendered));

/** The table of Secrets that an operator makes, in the README beside the manifests. */
function readDocumentedKeys(): string[] {
  const text = readFileSync(join(root, 'k8s', 'README.md'), 'utf8');
  return [...text.matchAll(/^\| `(portico-[a-z-]+)` +\| ([^|]*)\|/gm)].flatMap(([, name, keys = '']) =>
    name === 'portico-secrets' ? [] : [...keys.matchAll(/`([^`]+)`/g)].map(([, key]) => `${name}/${key}`),
  );
}

test.each(overlays)('the overlay %s is what the platform needs', (overlay) => {
  expect(manifestProblems(rendered(overlay), overlay, platform)).toEqual([]);
});

test.each(overlays)('the overlay %s holds to the schemas of Kubernetes, unknown keys included', (overlay) => {
  expect(schemaProblems(rendered(overlay))).toEqual([]);
});

test.each(otherEngines.flatMap((other) => overlays.map((overlay) => [overlay, other.name, other] as const)))(
  'the overlay %s is the same when %s renders it',
  (overlay, _name, other) => {
    expect(renderOverlay(overlay, other)).toBe(texts[overlay]);
  },
);

test('every Secret that an operator is told to make is used', () => {
  const used = overlays.flatMap((overlay) =>
    secretKeys(rendered(overlay)).map(({ name, key }) => `${name}/${key}`),
  );
  expect(documentedKeys.filter((key) => !used.includes(key))).toEqual([]);
});

const deployed = overlays.flatMap((overlay) => apps.map((app) => [app.name, overlay, app] as const));
afterEach(() => vi.unstubAllEnvs());

test.each(deployed)(
  '%s starts with what the overlay %s and the Secrets give it',
  async (name, overlay, app) => {
    const operators: Record<string, string> = {
      'portico-mongodb': 'mongodb://mongodb.example/?replicaSet=rs0',
      'portico-redis': 'rediss://redis.example:6379',
      'portico-providers': 'of-a-provider',
    };
    for (const [variable, given] of givenTo(rendered(overlay), containerOf(rendered(overlay), name))) {
      // What may be missing is missing.
      if ('value' in given) vi.stubEnv(variable, given.value);
      else if (given.secret.optional) vi.stubEnv(variable, undefined);
      else vi.stubEnv(variable, madeSecrets[given.secret.key] ?? operators[given.secret.name]);
    }
    const { readConfig } = (await import(sourceOf(app, 'config'))) as {
      readConfig: () => { NODE_ENV: string };
    };
    expect(readConfig().NODE_ENV).toBe(overlay === 'production' ? 'production' : 'development');
  },
);

const everyMistake = [
  ...Object.entries(mistakes).map(([name, mistake]) => [name, 'production', mistake] as const),
  ...Object.entries(mistakesInDev).map(([name, mistake]) => [name, 'dev', mistake] as const),
];

test.each(everyMistake)('it is noticed when %s (%s)', (_name, overlay, [make, said]) => {
  const manifests = rendered(overlay);
  make(manifests);
  // Names of ConfigMaps end with a hash of what they hold.
  const problems = manifestProblems(manifests, overlay, platform).map((one) =>
    one.replace(/-[a-z0-9]{10}, [A-Z_]+ /, ' '),
  );
  expect(problems).toContain(said);
});

test.each(Object.entries(misshapen))('the schemas notice when %s', (_name, [make, said]) => {
  const manifests = rendered('production');
  make(manifests);
  expect(schemaProblems(manifests)).toEqual([said]);
});
