import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { wholeEnvironment } from '@portico/config';
import { root } from '@portico/launcher';
import { rowsFrom, type Row } from './rows.ts';

/** Measures that live beside what they measure. Each prints its rows as one line of JSON, the last of its output. */
const declared: readonly { ids: readonly string[]; project: string; large?: boolean }[] = [
  { ids: ['P1', 'P2'], project: 'apps/gateway' },
  { ids: ['P8'], project: 'libs/auth' },
  { ids: ['P9'], project: 'apps/notifier' },
  { ids: ['app-support'], project: 'apps/app-support', large: true },
];

/** Those that this checkout has. */
export const scripts = declared.filter(({ project }) => existsSync(fileOf(project)));

/** What a script may take before it is ended: it is bounded itself, and this bounds what has gone wrong. */
const patienceMs = 240_000;

function fileOf(project: string): string {
  return join(root, project, 'bench', 'main.ts');
}

/**
 * Runs the bench of one project to its end, on a process of its own.
 *
 * @throws with its last words when it fails
 */
export async function rowsOfScript(project: string, signal: AbortSignal): Promise<Row[]> {
  const child = spawn(process.execPath, [fileOf(project)], {
    cwd: root,
    env: wholeEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
  });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`${project} ended with ${code}:\n${errors.trim()}`);
  return rowsFrom(output);
}
