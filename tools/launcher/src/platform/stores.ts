import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, launchMongo, launchRedis } from '@portico/data-stores';
import { runOf } from './child-run.ts';
import type { DataDir } from './data-dir.ts';
import { openLog } from './logs.ts';
import { endLeftover, forgetPid, recordPid } from './pid-file.ts';
import { supervise } from './supervisor.ts';

/** A store that is opening or open. */
export interface Store {
  /** Where clients connect to, once it answers. */
  readonly url: Promise<string>;
  stop(): Promise<void>;
}

export interface StoreOptions {
  dataDir: DataDir;
  searchPath: string;
  report: (message: string) => void;
}

const launchers = { mongodb: launchMongo, redis: launchRedis };
const graceMs = 10_000;

/** The store at an address, where somebody else runs it, or one of our own with its data in `DATA_DIR/<name>`. */
export async function openStore(
  name: keyof typeof launchers,
  address: string | undefined,
  { dataDir, searchPath, report }: StoreOptions,
): Promise<Store> {
  if (address !== undefined) return { url: Promise.resolve(address), stop: () => Promise.resolve() };
  const pidFile = dataDir.pidFile(name);
  await endLeftover(pidFile, graceMs);
  // The same port and folder after a restart: clients find it again, with its data.
  const options = {
    dataDir: join(dataDir.folder, name),
    port: await freePort(),
    searchPath,
    isPrivate: true,
  };
  const log = openLog(dataDir.logFile(name));
  const supervised = supervise({
    name,
    spawn() {
      const { child, ready } = launchers[name](options);
      recordPid(pidFile, child.pid ?? 0);
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk: Buffer) => writeSync(log.descriptor, chunk));
      }
      return runOf(child, ready, graceMs);
    },
    onRestart: () => undefined,
    report,
  });
  return {
    url: supervised.up,
    async stop() {
      await supervised.stop();
      forgetPid(pidFile);
    },
  };
}
