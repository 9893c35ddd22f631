import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endProcess } from '@portico/data-stores';
import { inject } from 'vitest';
import './provided.ts';

/** An app as a process of its own, for tests that go through the gateway, kill instances or read logs. */
export interface AppProcess {
  readonly url: string;
  readonly operationsUrl: string;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Everything it printed so far, a line each. */
  readonly lines: readonly string[];
  /** SIGTERM, and the exit code it leaves with. */
  stop(): Promise<number | null>;
  /** SIGKILL: no chance to tidy up. */
  kill(): Promise<void>;
}

interface Listening {
  event: 'listening';
  url: string;
  operationsUrl: string;
}

/**
 * Starts `apps/<app>` with exactly this environment (and ports picked free) and waits until it listens.
 *
 * @throws with what it printed when it exits before that
 */
export async function startApp(app: string, environment: Record<string, string>): Promise<AppProcess> {
  const main = fileURLToPath(new URL(`../../../apps/${app}/src/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: inject('searchPath'),
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      OPERATIONS_HOST: '127.0.0.1',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => lines.push(line));
  }
  const { url, operationsUrl } = await new Promise<Listening>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`${app} ended at start (${code}):\n${lines.join('\n')}`)));
    child.on('message', (message) => {
      if ((message as Listening).event === 'listening') resolve(message as Listening);
    });
  });
  return {
    url,
    operationsUrl,
    pid: child.pid ?? -1,
    child,
    lines,
    async stop() {
      // Only to end a process that hangs: on a busy machine an orderly exit takes long.
      await endProcess(child, 120_000);
      return child.exitCode;
    },
    async kill() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
  };
}
