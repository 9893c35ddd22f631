import {
  boolean,
  ConfigError,
  loadConfig,
  port,
  processEnvironment,
  text,
  wholeNumber,
} from '@portico/config';
import type { Environment } from '@portico/config';
import type { z } from 'zod';
import { compileCacheOf } from '../installation/installation.mjs';
import { prefixOf, root, type App } from './apps.ts';
import { secretVariables } from './secrets.ts';

/** What the launcher itself reads; everything else in its environment is passed on to the apps. */
export const launcherShape = {
  ...processEnvironment,
  PORT: port().default(8080).meta({ description: 'port of the gateway; 0 picks a free one' }),
  HOST: text()
    .default('127.0.0.1')
    .meta({ description: 'address that the gateway listens on; 0.0.0.0 for all of the machine' }),
  OPERATIONS_PORT: port()
    .default(0)
    .meta({ description: "port of the gateway's operations; 0 picks a free one" }),
  MONGODB_URI: text().optional().meta({
    description: 'MongoDB, or a server that speaks its protocol; one is started on this machine without it',
  }),
  REDIS_URL: text()
    .optional()
    .meta({ description: 'Redis or Valkey; one is started on this machine without it' }),
  ALLOW_EMBEDDED_STORES: boolean().default(false).meta({
    description:
      'true lets production run on stores that npm start starts on this machine: no replica, no backup by itself',
  }),
  PATH: text().meta({ description: 'where redis-server, valkey-server and mongod are looked for' }),
};

/** What the launcher reads for each app behind the gateway, each name after the app's own prefix. */
export function appShape(app: App) {
  const prefix = prefixOf(app);
  return {
    ...(app.kind === 'service' && {
      [`${prefix}PORT`]: port()
        .default(0)
        .meta({ description: 'port of its first instance; 0 picks a free one' }),
    }),
    [`${prefix}OPERATIONS_PORT`]: port()
      .default(0)
      .meta({ description: "port of its first instance's operations; 0 picks a free one" }),
    [`${prefix}INSTANCES`]: wholeNumber(0, 16)
      .default(1)
      .meta({ description: 'how many of it are started; 0 leaves it to you' }),
  };
}

/** How many of an app to start and where. */
export interface Placement {
  instances: number;
  /** 0 for any. */
  port: number;
  operationsPort: number;
}

export interface LauncherConfig extends z.output<z.ZodObject<typeof launcherShape>> {
  placements: Map<App, Placement>;
}

/**
 * Reads the launcher's own environment; each app reads its own.
 *
 * @throws ConfigError that lists every mistake
 */
export function loadLauncherConfig(apps: readonly App[], environment: Environment): LauncherConfig {
  const problems: string[] = [];
  const collect = <T>(load: () => T): T | undefined => {
    try {
      return load();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const own = collect(() => loadConfig('Portico', launcherShape, undefined, environment));
  const placements = new Map<App, Placement>();
  for (const app of apps.filter(({ kind }) => kind !== 'gateway')) {
    const shape: Record<string, z.ZodType<number>> = appShape(app);
    const values = collect(() => loadConfig('Portico', shape, undefined, environment)) ?? {};
    const value = (name: string) => values[`${prefixOf(app)}${name}`] ?? 0;
    placements.set(app, {
      instances: value('INSTANCES'),
      port: value('PORT'),
      operationsPort: value('OPERATIONS_PORT'),
    });
  }
  if (!own || problems.length > 0) throw new ConfigError('Portico', problems);
  for (const app of apps.filter(({ kind }) => kind === 'gateway')) {
    placements.set(app, { instances: 1, port: own.PORT, operationsPort: own.OPERATIONS_PORT });
  }
  return { ...own, placements };
}

/**
 * Production runs on stores of its own, unless the operator says otherwise: a warning then.
 *
 * @throws ConfigError that names what is missing
 */
export function embeddedStores(config: LauncherConfig): string | undefined {
  if (config.NODE_ENV !== 'production') return undefined;
  const missing = (['MONGODB_URI', 'REDIS_URL'] as const).filter((name) => config[name] === undefined);
  if (missing.length === 0) return undefined;
  if (!config.ALLOW_EMBEDDED_STORES)
    throw new ConfigError(
      'Portico',
      missing.map(
        (name) =>
          `${name}: is required in production (ALLOW_EMBEDDED_STORES=true starts a store on this machine instead)`,
      ),
    );
  return `WARNING: production runs on stores of this machine alone, because ALLOW_EMBEDDED_STORES is true: set ${missing.join(' and ')}`;
}

/** Variables that mean the gateway where they have no prefix. */
const frontDoor = ['PORT', 'HOST', 'OPERATIONS_PORT', 'OPERATIONS_HOST'];
/** Each service has a database of its own: one name for all would mix them. */
const neverShared = ['MONGODB_DATABASE'];

export interface AppEnvironmentOptions {
  app: App;
  /** The launcher's own. */
  inherited: Environment;
  /** Secrets that nobody gave. */
  secrets: Environment;
  /** What the launcher decides: addresses and ports. */
  decided: Environment;
}

/**
 * The environment of one app: the launcher's, of the secrets its own, and the values that are for this app alone, such
 * as `ACCOUNT_POOL_LOG_LEVEL` for its `LOG_LEVEL`.
 */
export function environmentOf({ app, inherited, secrets, decided }: AppEnvironmentOptions): Environment {
  const own = app.secrets.map(({ name }) => name);
  const withheld = new Set([
    ...neverShared,
    ...(app.kind === 'gateway' ? [] : frontDoor),
    ...secretVariables.filter((name) => !own.includes(name)),
  ]);
  const prefix = prefixOf(app);
  const given = Object.entries(inherited).filter(([, value]) => value !== '');
  return {
    NODE_COMPILE_CACHE: compileCacheOf(root),
    OPERATIONS_HOST: '127.0.0.1',
    HOST: '127.0.0.1',
    ...Object.fromEntries(own.map((name) => [name, secrets[name]])),
    ...Object.fromEntries(given.filter(([name]) => !withheld.has(name))),
    ...Object.fromEntries(
      given
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value]),
    ),
    ...decided,
  };
}
