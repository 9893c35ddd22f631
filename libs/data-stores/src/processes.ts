import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

/** The first of these programs that stands on a search path, with its folder. */
export function findProgram(names: readonly string[], searchPath: string): string | undefined {
  for (const name of names) {
    for (const folder of searchPath.split(delimiter)) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here; the next folder may have it.
      }
    }
  }
  return undefined;
}

/**
 * Starts a program in its own process group, so that a Ctrl-C in the terminal reaches only whoever started it and
 * stores outlive the services that write to them.
 */
export function spawnDetached(command: string, args: readonly string[], folder: string): ChildProcess {
  return spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

/** Ends a process: SIGTERM, and SIGKILL when it has not gone after `graceMs`. */
export async function endProcess(child: ChildProcess, graceMs = 10_000): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(kill);
}

/** A data store's process from the moment it was spawned. */
export interface StoreLaunch {
  readonly child: ChildProcess;
  /** Where clients connect to, once it answers; rejects with its last lines when it ends before that. */
  readonly ready: Promise<string>;
}

/** A data store that answers. */
export interface StoreProcess {
  readonly child: ChildProcess;
  /** Where clients connect to. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Waits until a launched store answers. */
export async function whenReady({ child, ready }: StoreLaunch): Promise<StoreProcess> {
  return { child, url: await ready, stop: () => endProcess(child) };
}

/**
 * The first line of a starting program that `matches`; its output is drained ever after.
 *
 * @throws with the program's last lines when it exits before that
 */
export function lineFrom(
  child: ChildProcess,
  matches: (line: string) => boolean,
  name: string,
): Promise<string> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error(`${name} was started without pipes`);
  const last: string[] = [];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      reject(new Error(`${name} ended at start (${code ?? signal}):\n${last.join('\n')}`));
    });
    for (const stream of [stdout, stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        last.push(line);
        if (last.length > 20) last.shift();
        if (matches(line)) resolve(line);
      });
    }
  });
}
