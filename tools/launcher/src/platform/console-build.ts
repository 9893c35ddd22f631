import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { root } from './apps.ts';

export interface ConsoleBuild {
  /** Ends a build under way; it is made again at the next start. */
  stop(): Promise<void>;
}

/**
 * Builds the console where its sources have changed since the last build, beside everything else that starts: the platform
 * is ready without it, and `/console/` answers 503 until then.
 */
export function startConsoleBuild(report: (message: string) => void): ConsoleBuild {
  const child = spawn(process.execPath, [join(root, 'apps/console/build.ts')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // Requests to the platform come first.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const complaints: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  const ended = once(child, 'close').then(
    ([code]) => {
      if (code === 0 || child.killed) return;
      const reason = Buffer.concat(complaints).toString('utf8').trim().slice(-2000);
      report(`the console could not be built, so /console/ answers 503:\n${reason}`);
    },
    (error: unknown) => report(`the console could not be built: ${String(error)}`),
  );
  return {
    async stop() {
      child.kill();
      await ended;
    },
  };
}
