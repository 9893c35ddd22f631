import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcess, freePort, launchMongo, launchRedis, type StoreLaunch } from '@portico/data-stores';
import { inject } from 'vitest';

/** A store that a test takes away and gives back, at the same address and with the same data. */
export interface Store {
  readonly url: string;
  /** It answers no more: its connections stay open (`frozen`), or it is gone (`killed`). */
  leave(how: 'frozen' | 'killed'): void;
  /** Nothing where it is there. */
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

const launchers = { mongodb: launchMongo, redis: launchRedis };

export async function startStore(name: keyof typeof launchers): Promise<Store> {
  const dataDir = mkdtempSync(join(tmpdir(), `portico-${name}-`));
  const options = { dataDir, port: await freePort(), searchPath: inject('searchPath') };
  let launch: StoreLaunch = launchers[name](options);
  const url = await launch.ready;
  let left: 'frozen' | 'killed' | undefined;
  return {
    url,
    leave(how) {
      left = how;
      launch.child.kill(how === 'frozen' ? 'SIGSTOP' : 'SIGKILL');
    },
    async comeBack() {
      if (left === 'frozen') launch.child.kill('SIGCONT');
      else if (left === 'killed') launch = launchers[name](options);
      left = undefined;
      await launch.ready;
    },
    async stop() {
      // A frozen process hears nothing else.
      launch.child.kill('SIGCONT');
      await endProcess(launch.child);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
