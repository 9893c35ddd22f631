import { spawn, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Environment } from '@portico/config';
import { endProcess } from '@portico/data-stores';
import { root } from './apps.ts';
import { dataDirAt } from './data-dir.ts';
import { runningPid } from './pid-file.ts';
import { readState, type PlatformState } from './state-file.ts';

/** A platform that somebody else works with: the bench, the demo. */
export interface LaunchedPlatform {
  readonly state: PlatformState;
  /** Milliseconds from the command until it said that it is ready. */
  readonly readyMs: number;
  /** Of the command: everything that runs descends from it. */
  readonly pid: number;
  /** The last lines that it printed: warnings and errors of the apps are among them. */
  readonly printed: readonly string[];
  stop(): Promise<void>;
}

export interface LaunchOptions {
  dataDir: string;
  /** Everything that the launcher is to read; `DATA_DIR` is added. */
  environment: Environment;
  /** What starts it, if not the launcher itself. */
  command?: readonly [string, ...string[]];
  /** Ends it. */
  signal: AbortSignal;
}

const graceMs = 30_000;
const lastLines = 20;

/**
 * Starts a platform as a process of its own, so that it shares nothing with what measures it, and waits until it says
 * that it is ready.
 *
 * @throws with what it printed when it ended before that
 */
export async function launchPlatform({
  dataDir,
  environment,
  signal,
  command = [process.execPath, join(root, 'tools', 'launcher', 'src', 'start.ts')],
}: LaunchOptions): Promise<LaunchedPlatform> {
  const started = performance.now();
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: root,
    env: { ...environment, DATA_DIR: resolve(dataDir) },
    // The channel tells it when whoever launched it is gone, however that went.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A Ctrl-C is for whoever launched it, who then stops it in order.
    detached: true,
  });
  const stop = () => endProcess(child, graceMs);
  signal.addEventListener('abort', () => void stop(), { once: true });
  const printed: string[] = [];
  await untilReady(child, printed);
  const state = readState(dataDirAt(resolve(dataDir)).stateFile);
  if (!state || child.pid === undefined) throw new Error('the platform ended as soon as it was ready');
  return { state, readyMs: performance.now() - started, pid: child.pid, printed, stop };
}

function untilReady(child: ChildProcess, printed: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed.push(...chunk.toString('utf8').split('\n'));
      printed.splice(0, Math.max(printed.length - lastLines, 0));
      if (printed.some((line) => line.startsWith('Portico is ready'))) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`the platform ended at start (${signal ?? code}):\n${printed.join('\n')}`));
    });
  });
}

/** What runs on a folder now; undefined when nothing does. */
export function runningPlatform(dataDir: string): PlatformState | undefined {
  const { pidFile, stateFile } = dataDirAt(resolve(dataDir));
  return runningPid(pidFile('launcher')) === undefined ? undefined : readState(stateFile);
}
