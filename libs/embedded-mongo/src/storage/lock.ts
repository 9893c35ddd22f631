import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const held = new Set<string>();

/** Start time of a process in clock ticks, so that a reused process id is not taken for the old process. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isAlive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return started === '' || startTime(pid) === started;
}

/**
 * Takes the lock of a data directory: a file that names its owner, created atomically. One left by a process that is
 * gone is replaced.
 */
export function lockDirectory(dataDir: string): () => void {
  const path = join(dataDir, 'lock');
  const mine = `${process.pid} ${startTime(process.pid)}\n`;
  const draft = join(dataDir, `lock.${process.pid}`);
  for (let attempt = 0; attempt < 5; attempt++) {
    writeFileSync(draft, mine);
    try {
      linkSync(draft, path);
      unlinkSync(draft);
      held.add(path);
      return () => {
        held.delete(path);
        unlinkSync(path);
      };
    } catch (error) {
      unlinkSync(draft);
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    removeStale(path, dataDir);
  }
  throw new Error(`the data directory ${dataDir} could not be locked`);
}

function removeStale(path: string, dataDir: string): void {
  let owner: string;
  try {
    owner = readFileSync(path, 'latin1');
  } catch {
    return;
  }
  const [pid = '', started = ''] = owner.trim().split(' ');
  const own = Number(pid) === process.pid;
  if (own ? held.has(path) : isAlive(Number(pid), started)) {
    throw new Error(`the data directory ${dataDir} is in use by process ${pid}`);
  }
  // Renamed first: of two processes that found the same stale lock only one succeeds.
  const stale = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, stale);
    unlinkSync(stale);
  } catch {
    // Somebody else removed it.
  }
}
