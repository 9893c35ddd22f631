import { readdirSync, readFileSync } from 'node:fs';

/** A process and all that descend from it, by `/proc`. */
export function familyOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = fieldOf(`/proc/${entry}/status`, 'PPid');
    if (parent !== undefined) parents.set(Number(entry), parent);
  }
  const family = [pid];
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member) family.push(child);
  }
  return family;
}

/**
 * Megabytes of a process as the kernel shares them out: pages that several processes have in common, such as the
 * program text of Node, count for each in its part (`Pss`), so that the sum over processes is what they really take.
 */
export function memoryOf(pid: number): number {
  return (fieldOf(`/proc/${pid}/smaps_rollup`, 'Pss') ?? 0) / 1024;
}

/** What each process calls its own, pages in common counted in full in each (`VmRSS`). */
export function residentOf(pid: number): number {
  return (fieldOf(`/proc/${pid}/status`, 'VmRSS') ?? 0) / 1024;
}

/** How a process was called, shortened to what tells it from the others. */
export function nameOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const [program = '', ...rest] = words.filter((word) => word !== '' && !word.startsWith('--'));
    const script = rest.find((word) => /\.(?:ts|mjs|cjs|js)$/.test(word)) ?? program;
    return script.split('/').slice(-3).join('/');
  } catch {
    return String(pid);
  }
}

function fieldOf(file: string, name: string): number | undefined {
  try {
    const value = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(file, 'utf8'))?.[1];
    return value === undefined ? undefined : Number(value);
  } catch {
    // Gone between the listing and the reading, or a system without it.
    return undefined;
  }
}
