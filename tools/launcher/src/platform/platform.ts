import { resolve } from 'node:path';
import type { Environment } from '@portico/config';
import { apps } from './apps.ts';
import { startConsoleBuild } from './console-build.ts';
import { dataDirAt, occupy } from './data-dir.ts';
import { embeddedStores, loadLauncherConfig } from './environment.ts';
import { place } from './instances.ts';
import { startMembers } from './members.ts';
import { untilReady } from './readiness.ts';
import { ensureRedis } from './redis-program.ts';
import { keepSecrets } from './secrets.ts';
import { removeState, writeState } from './state-file.ts';
import { openStore } from './stores.ts';
import { welcome } from './welcome.ts';

export interface PlatformOptions {
  environment: Environment;
  /** Aborted when the platform is to stop. */
  signal: AbortSignal;
  report: (message: string) => void;
}

/**
 * Runs the whole platform until it is told to stop, and leaves no process behind, however far it came.
 *
 * @throws what kept it from starting
 */
export async function runPlatform({ environment, signal, report }: PlatformOptions): Promise<void> {
  const config = loadLauncherConfig(apps, environment);
  const dataDir = dataDirAt(resolve(config.DATA_DIR));
  const orStopped = untilAborted(signal);
  const stops: (() => unknown)[] = [];
  // What starts a process is awaited to its end before anything is stopped; only waiting for readiness is cut short.
  try {
    stops.push(occupy(dataDir));
    removeState(dataDir.stateFile);
    const warning = embeddedStores(config);
    if (warning !== undefined) report(warning);
    const instances = await place(config);
    if (config.REDIS_URL === undefined) {
      await ensureRedis({ searchPath: config.PATH, userId: process.getuid?.(), signal, report });
    }
    signal.throwIfAborted();
    const storeOptions = { dataDir, searchPath: config.PATH, report };
    const mongodb = await openStore('mongodb', config.MONGODB_URI, storeOptions);
    stops.push(() => mongodb.stop());
    const redis = await openStore('redis', config.REDIS_URL, storeOptions);
    stops.push(() => redis.stop());
    const consoleBuild = startConsoleBuild(report);
    stops.push(() => consoleBuild.stop());
    const [mongodbUri, redisUrl] = await orStopped(Promise.all([mongodb.url, redis.url]));
    const stores = { mongodb: mongodbUri, redis: redisUrl };

    // Production takes its secrets from the environment; one that is missing is named by the app that needs it.
    const inProduction = config.NODE_ENV === 'production';
    const secrets = inProduction ? {} : keepSecrets(dataDir.secretsFile, environment);
    let isReady = false;
    const describe = () => {
      if (isReady && !signal.aborted) writeState(dataDir.stateFile, members.running(), stores);
    };
    const members = startMembers({
      instances,
      dataDir,
      stores,
      inherited: environment,
      secrets,
      onRestart: describe,
      report,
    });
    stops.push(() => members.stop());
    stops.push(() => removeState(dataDir.stateFile));
    await orStopped(members.up);
    await orStopped(Promise.all(instances.map((instance) => untilReady(instance, signal))));
    isReady = true;
    describe();
    report(welcome({ instances, dataDir, secrets }));
    await orStopped(new Promise(() => undefined));
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** Waits for something no longer than until the signal, and rejects then. */
function untilAborted(signal: AbortSignal): <T>(wanted: Promise<T>) => Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  // It may be aborted while nobody waits.
  promise.catch(() => undefined);
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return (wanted) => Promise.race([wanted, promise]);
}
