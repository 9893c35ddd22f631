import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type AppProcess } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { inject } from 'vitest';
import {
  type Instance,
  apps,
  dataDirAt,
  environmentFor,
  loadLauncherConfig,
  newSecrets,
  place,
  prefixOf,
  untilReady,
} from '@portico/launcher';

export interface ClusterOptions {
  stores: { mongodbUri: string; redisUrl: string };
  /** First part of the names of its databases, and of its Redis keys. */
  name: string;
  /** Gateways side by side, as behind a load balancer. */
  gateways?: number;
  /** What every app reads, and with an app's prefix that app alone, as with `npm start`. */
  environment?: Record<string, string>;
}

/** One process of the platform, which can be stopped and started where it was. */
export interface Member {
  readonly instance: Instance;
  /** Of the run that is on. */
  readonly process: AppProcess;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
  /** Starts it again on its ports and waits until it is ready. */
  start(): Promise<void>;
}

export interface Cluster {
  readonly folder: string;
  readonly members: readonly Member[];
  readonly secrets: Record<string, string>;
  /** The processes of an app, in order. */
  of(app: string): Member[];
  /** The first gateway: where clients send everything. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The whole platform as processes, ready: placed and told of each other as `npm start` does it, but kept by the test
 * instead of a supervisor, so that nothing comes back by itself.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'portico-resilience-'));
  const secrets = newSecrets();
  const inherited = {
    LOG_LEVEL: 'warn',
    NODE_ENV: 'test',
    PATH: inject('searchPath'),
    PORT: '0',
    HOST: '127.0.0.1',
    // One address sends everything.
    RATE_LIMITS: 'off',
    BCRYPT_COST: '4',
    REDIS_PREFIX: options.name,
    ...Object.fromEntries(
      apps.map((app) => [`${prefixOf(app)}MONGODB_DATABASE`, databaseOf(options, app.name)]),
    ),
    ...options.environment,
  };
  const config = loadLauncherConfig(apps, inherited);
  for (const [app, placement] of config.placements)
    if (app.kind === 'gateway') placement.instances = options.gateways ?? 1;
  const instances = await place(config);
  const { mongodbUri: mongodb, redisUrl: redis } = options.stores;
  const context = { instances, dataDir: dataDirAt(folder), stores: { mongodb, redis }, inherited, secrets };
  mkdirSync(join(folder, 'logs'));

  const started: AppProcess[] = [];
  const run = async (instance: Instance): Promise<AppProcess> => {
    const variables = Object.entries(environmentFor(instance, context));
    const given = variables.filter((entry): entry is [string, string] => entry[1] !== undefined);
    const process = await startApp(instance.app.name, Object.fromEntries(given));
    started.push(process);
    await untilReady(instance, new AbortController().signal);
    return process;
  };
  const close = async () => {
    await Promise.all(started.map((process) => process.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const members = await Promise.all(
      instances.map(async (instance) => memberOf(instance, await run(instance), run)),
    );
    const of = (app: string) => members.filter(({ instance }) => instance.app.name === app);
    return {
      folder,
      members,
      secrets,
      of,
      url: of('gateway')[0]?.instance.url ?? '',
      async close() {
        await close();
        await dropDatabases(options);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function memberOf(
  instance: Instance,
  first: AppProcess,
  run: (instance: Instance) => Promise<AppProcess>,
): Member {
  let process = first;
  return {
    instance,
    get process() {
      return process;
    },
    stop: () => process.stop(),
    async start() {
      process = await run(instance);
    },
  };
}

const databaseOf = ({ name }: ClusterOptions, app: string) => `${name}_${app.replaceAll('-', '_')}`;

async function dropDatabases(options: ClusterOptions): Promise<void> {
  const client = await MongoClient.connect(options.stores.mongodbUri);
  await Promise.all(apps.map(({ name }) => client.db(databaseOf(options, name)).dropDatabase()));
  await client.close();
}
