import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { writeJsonAtomically } from './atomic-file.ts';

interface Recorded {
  pid: number;
  startedAt: string;
}

/**
 * When a process started, in whatever form the system gives: a pid is used again, a pid with its start is not.
 * Undefined when there is no such process.
 */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces; the start is the twenty-second.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    const isGone = state === 'Z' || state === 'X';
    return isGone ? undefined : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
  } catch {
    return undefined;
  }
}

/** Notes that a process is the one of this file. */
export function recordPid(file: string, pid: number): void {
  const startedAt = startOf(pid);
  if (startedAt !== undefined) writeJsonAtomically(file, { pid, startedAt } satisfies Recorded);
}

/** The pid in a file, if that very process is still running. */
export function runningPid(file: string): number | undefined {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
    return startOf(pid) === startedAt ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Makes a file the claim of this process, or answers the pid of the process that holds it. */
export function claim(file: string): number | undefined {
  const own = `${file}.${process.pid}`;
  recordPid(own, process.pid);
  try {
    for (;;) {
      try {
        // A link appears whole or fails, so that of two claimers one loses.
        linkSync(own, file);
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const holder = runningPid(file);
        if (holder !== undefined) return holder;
        forgetPid(file);
      }
    }
  } finally {
    forgetPid(own);
  }
}

/** Ends the process that a launcher killed by force left behind. */
export async function endLeftover(file: string, graceMs = 10_000): Promise<void> {
  const pid = runningPid(file);
  if (pid === undefined) return;
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (runningPid(file) !== undefined) {
    if (Date.now() > deadline) signal(pid, 'SIGKILL');
    await wait(50);
  }
  forgetPid(file);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It may have gone by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function forgetPid(file: string): void {
  rmSync(file, { force: true });
}
