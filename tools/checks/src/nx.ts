import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Environment } from '@portico/config';

export interface Checks {
  root: string;
  environment: Environment;
}

/** A command of the checkout, with its output on the terminal and answered. */
export function run(
  { root, environment }: Checks,
  program: string,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  const child = spawn(join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    env: { ...environment, NX_DAEMON: 'false', NX_TUI: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      process[stream].write(chunk);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }),
    );
  });
}

/**
 * Runs the tests of all projects, one project at a time, each on two workers: several test how fast something happens.
 * A project that fails does not keep the others from running.
 *
 * @returns the tasks that failed, as `project:target`
 */
export async function runTests(checks: Checks): Promise<string[]> {
  const options = ['--parallel=1', '--nxBail=false', '--output-style=static'];
  const { code, output } = await run(checks, 'nx', ['run-many', '-t', 'test', ...options]);
  if (code === 0) return [];
  const failed = failedTasks(output);
  return failed.length > 0 ? failed : ['nx run-many -t test'];
}

/** The tasks under "Failed tasks:" in what Nx prints. */
export function failedTasks(output: string): string[] {
  const [, list = ''] = stripVTControlCharacters(output).split(/^Failed tasks:\s*$/m);
  return [...list.matchAll(/^- (\S+:\S+)$/gm)].map(([, task]) => task as string);
}
