import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { apps, root, secretLines, shapeOf, writeSecrets } from '@portico/launcher';
import { composeProblems, type DeployedApp } from './compose.rules.ts';
import { composeSchemaProblems } from './compose.schema.ts';
import { environmentOf, interpolate, readCompose, type Compose } from './compose.ts';

const deployed: DeployedApp[] = await Promise.all(
  apps.map(async (app) => ({ name: app.name, variables: Object.keys(await shapeOf(app)) })),
);
const secrets = Object.fromEntries(
  secretLines().map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);

test('the compose file is what the apps need', () => {
  expect(composeProblems(readCompose(), deployed)).toEqual([]);
});

test('the compose file is one by the specification', () => {
  expect(composeSchemaProblems(readCompose())).toEqual([]);
});

test('the specification notices a misspelt key and a value of another kind', () => {
  const compose = structuredClone(readCompose());
  Object.assign(compose.services['gateway'] ?? {}, { healthchek: {} });
  Object.assign(compose.services['redis'] ?? {}, { read_only: 'perhaps' });
  expect(composeSchemaProblems(compose)).toEqual([
    '/services/gateway: healthchek is no key',
    '/services/redis/read_only: must be boolean',
  ]);
});

/** One mistake each, and what must be said of it. */
const mistakes: Record<string, [make: (compose: Compose) => void, said: string]> = {
  'a variable is forgotten': [
    ({ services }) => delete services['notifier']?.environment?.['SMTP_HOST'],
    'notifier is not given SMTP_HOST',
  ],
  'a variable is misspelt': [
    ({ services }) => Object.assign(services['gateway']?.environment ?? {}, { TRUST_PROXY: '1' }),
    'gateway does not read TRUST_PROXY',
  ],
  'an app is forgotten': [
    ({ services }) => delete services['sms-phone'],
    'sms-phone is not in the compose file',
  ],
  'a service is built as another': [
    ({ services }) => Object.assign(services['app-support']?.build?.args ?? {}, { APP: 'gateway' }),
    'app-support is built as gateway',
  ],
  'a second port is published': [
    ({ services }) => Object.assign(services['mongodb'] ?? {}, { ports: ['27017:27017'] }),
    'published: gateway, mongodb; only the gateway may be',
  ],
  'the gateway is published on all interfaces': [
    ({ services }) => Object.assign(services['gateway'] ?? {}, { ports: ['${PORT:-8080}:8080'] }),
    'gateway is published on all interfaces',
  ],
  'an app has no memory limit': [
    ({ services }) => delete services['notifier']?.mem_limit,
    'notifier may take all memory',
  ],
  'a root is writable': [
    ({ services }) => Object.assign(services['gateway'] ?? {}, { read_only: false }),
    'gateway may write to its root',
  ],
  'a process is killed while it drains': [
    ({ services }) => Object.assign(services['gateway'] ?? {}, { stop_grace_period: '10s' }),
    'gateway is killed before it has drained',
  ],
  'a health check asks another port': [
    ({ services }) => Object.assign(services['gateway'] ?? {}, { healthcheck: { test: ['CMD', 'true'] } }),
    'the health check of gateway does not ask 127.0.0.1:9090/readyz',
  ],
  'an image floats': [
    ({ services }) => Object.assign(services['redis'] ?? {}, { image: 'redis:latest' }),
    'the image of redis is not pinned',
  ],
  'an address names nobody': [
    ({ services }) =>
      Object.assign(services['gateway']?.environment ?? {}, { APP_SUPPORT_URL: 'http://appsupport:8080' }),
    'gateway is sent to appsupport by APP_SUPPORT_URL, which is not there',
  ],
  'redis evicts': [
    ({ services }) =>
      Object.assign(services['redis'] ?? {}, { command: ['redis-server', '--appendonly', 'yes'] }),
    'redis may push jobs out of its memory',
  ],
  'a store is waited for that is not there': [
    ({ services }) => delete services['mongodb-replica-set'],
    'app-support waits for mongodb-replica-set, which is not there',
  ],
};

test.each(Object.entries(mistakes))('it is noticed when %s', (_name, [make, said]) => {
  const compose = structuredClone(readCompose());
  make(compose);
  expect(composeProblems(compose, deployed)).toContain(said);
});

test.each(apps)('$name accepts what compose and npm run secrets give it', async (app) => {
  const service = readCompose().services[app.name];
  const given = Object.entries(environmentOf(service ?? { image: '' }, secrets)).filter(
    ([, value]) => value !== '',
  );
  const parsed = z.object(await shapeOf(app)).safeParse(Object.fromEntries(given));
  expect(parsed.error?.issues ?? []).toEqual([]);
});

test('compose refuses to start without the secrets', () => {
  const { services } = readCompose();
  expect(() => environmentOf(services['notifier'] ?? { image: '' }, {})).toThrow(
    'SEALING_KEYS: run npm run secrets',
  );
});

test('a value for one app goes before the one for all', () => {
  const value = '${NOTIFIER_SMPP_URL:-${SMPP_URL:-}}';
  expect(interpolate(value, {})).toBe('');
  expect(interpolate(value, { SMPP_URL: 'smpp://a' })).toBe('smpp://a');
  expect(interpolate(value, { SMPP_URL: 'smpp://a', NOTIFIER_SMPP_URL: 'smpp://b' })).toBe('smpp://b');
});

test('secrets are one line each, for their owner only, and never replaced', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portico-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, '.env');
  writeSecrets(file);
  const written = readFileSync(file, 'utf8');
  expect(written.trim().split('\n')).toHaveLength(secretLines().length);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(() => writeSecrets(file)).toThrow('is there already');
  expect(readFileSync(file, 'utf8')).toBe(written);
});

test('the image is told of every file that it needs and of no secret', () => {
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  expect(ignored.filter((line) => line !== '' && !line.startsWith('#'))[0]).toBe('*');
  expect(ignored).toEqual(
    expect.arrayContaining(['!apps', '!libs', '!package-lock.json', '**/.env', '**/.data']),
  );
});
