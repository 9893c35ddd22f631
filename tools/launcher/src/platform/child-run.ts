import type { ChildProcess } from 'node:child_process';
import { endProcess } from '@portico/data-stores';
import type { Run } from './supervisor.ts';

/** A child process as the supervisor sees it. */
export function runOf<Result>(child: ChildProcess, up: Promise<Result>, graceMs: number): Run<Result> {
  return {
    pid: child.pid ?? 0,
    up,
    gone: new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    }),
    stop: () => endProcess(child, graceMs),
  };
}
