import { readFileSync } from 'node:fs';
import { variablePrefix } from '@portico/descriptor';
import { format } from 'prettier';
import { addresses, everywhere, holdersOf, sharedVariables, type RenderedApp } from './variables.ts';

/** Values of compose's own: the stores beside the apps. What the environment of compose gives goes first. */
const fixed: Record<string, string> = {
  ...everywhere,
  HOST: '0.0.0.0',
  REDIS_URL: 'redis://redis:6379',
  MONGODB_URI: 'mongodb://mongodb:27017/?replicaSet=rs0',
};
const defaults: Record<string, string> = {
  NODE_ENV: 'development',
  LOG_LEVEL: 'info',
  REDIS_PREFIX: 'portico',
  S3_ENDPOINT: 'http://minio:9000',
  S3_FORCE_PATH_STYLE: 'true',
};

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');

/** `docker-compose.yml`: one block for each app, and the stores. */
export async function renderCompose(apps: readonly RenderedApp[]): Promise<string> {
  const shared = sharedVariables(apps);
  const lines = [
    read('compose.head.yml'),
    'x-process: &process',
    ...shared.map((name) => `  ${name}: ${valueOf(name, undefined, apps)}`),
    '',
    'x-after-stores: &after-stores',
    '  mongodb-replica-set: { condition: service_completed_successfully }',
    '  redis: { condition: service_healthy }',
    '',
    'services:',
    ...apps.flatMap((app) => [...blockOf(app, apps, shared), '']),
    read('compose.stores.yml').replace(/^services:\n/, ''),
    'networks:',
    '  platform: {}',
    '',
    'volumes:',
    ...['mongodb-data', 'mongodb-config', 'redis-data', 'mailpit-data', 'minio-data'].map(volumeOf),
    ...apps.filter(keepsData).map(({ name }) => volumeOf(`${name}-data`)),
  ];
  return format(lines.join('\n'), { parser: 'yaml', singleQuote: true, printWidth: 110 });
}

const volumeOf = (name: string) => `  ${name}: {}`;
const keepsData = ({ kind }: RenderedApp) => kind !== 'gateway';

function blockOf(app: RenderedApp, apps: readonly RenderedApp[], shared: readonly string[]): string[] {
  const { name, kind, memory, nodeFlags } = app;
  const own = Object.keys(app.shape).filter((variable) => !shared.includes(variable));
  return [
    `  ${name}:`,
    '    <<: *app',
    `    image: portico-${name}:\${PORTICO_VERSION:-dev}`,
    `    build: { context: ., args: { APP: ${name} } }`,
    // Docker reads Kubernetes' units without their last letter.
    `    mem_limit: ${memory.limit.replace(/i$/, '').toLowerCase()}`,
    '    cpus: 1.0',
    ...(nodeFlags.length > 0 ? [`    command: [node, ${nodeFlags.join(', ')}, src/main.ts]`] : []),
    ...(kind === 'gateway'
      ? [
          '    # The one door, for this machine only unless BIND_ADDRESS says otherwise.',
          `    ports: ['\${BIND_ADDRESS:-127.0.0.1}:\${PORT:-8080}:${app.port}']`,
          '    depends_on:',
          ...apps
            .filter((other) => other.kind !== 'gateway')
            .map((other) => `      ${other.name}: { condition: service_healthy }`),
          '      redis: { condition: service_healthy }',
        ]
      : ['    depends_on: *after-stores', `    volumes: ['${name}-data:/data']`]),
    '    environment:',
    '      <<: *process',
    ...own.map((variable) => `      ${variable}: ${valueOf(variable, app, apps)}`),
  ];
}

function valueOf(name: string, app: RenderedApp | undefined, apps: readonly RenderedApp[]): string {
  if (name === 'PORT') return `'${app?.port}'`;
  const constant = fixed[name] ?? (app?.kind === 'gateway' ? addresses(apps)[name] : undefined);
  if (constant !== undefined) return /^\d+$/.test(constant) ? `'${constant}'` : constant;
  const secret = holdersOf(apps, name)[0]?.secrets.find((one) => one.name === name);
  if (secret && secret.made !== 'given') return `\${${name}:?run npm run secrets}`;
  const forAll = `\${${name}:-${defaults[name] ?? ''}}`;
  if (!app) return forAll;
  const prefix = variablePrefix(app);
  if (name.startsWith(prefix)) return forAll;
  // Each service has a database of its own: one name for all would mix them.
  if (name === 'MONGODB_DATABASE') return `\${${prefix}${name}:-}`;
  const readers = apps.filter(({ shape }) => name in shape);
  return readers.length > 1 ? `\${${prefix}${name}:-${forAll}}` : forAll;
}
