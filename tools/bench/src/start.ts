import { setTimeout as wait } from 'node:timers/promises';
import { findProgram } from '@portico/data-stores';
import type { Environment } from '@portico/config';
import { join } from 'node:path';
import { launchPlatform, root } from '@portico/launcher';
import { familyOf, memoryOf, nameOf, residentOf } from './memory.ts';
import type { Row } from './rows.ts';

export interface StartOptions {
  dataDir: string;
  environment: Environment;
  signal: AbortSignal;
}

const starts = 3;
/** Garbage of the start is gone by then, and nothing has happened since. */
const idleMs = 10_000;

/** Row P10: `npm start` on an installed checkout until it says that it is ready, and what it takes when idle. */
export async function startRows({ dataDir, environment, signal }: StartOptions): Promise<Row[]> {
  const npm = findProgram(['npm'], environment['PATH'] ?? '');
  const command = npm
    ? ([npm, 'start', '--silent'] as const)
    : ([
        process.execPath,
        join(root, 'tools', 'launcher', 'src', 'bootstrap.mjs'),
        'tools/launcher/src/start.ts',
      ] as const);
  const seconds: number[] = [];
  let processes: { name: string; pss: number; rss: number }[] = [];
  for (let start = 0; start < starts; start += 1) {
    const platform = await launchPlatform({ dataDir, environment, command, signal });
    seconds.push(platform.readyMs / 1000);
    if (start === starts - 1) {
      await wait(idleMs, undefined, { signal });
      processes = familyOf(platform.pid).map((pid) => ({
        name: nameOf(pid),
        pss: Math.round(memoryOf(pid)),
        rss: Math.round(residentOf(pid)),
      }));
    }
    await platform.stop();
  }
  const sum = (field: 'pss' | 'rss') => processes.reduce((total, entry) => total + entry[field], 0);
  // The first start of a checkout also compiles; it is told in the details.
  const [, ...later] = seconds;
  return [
    {
      id: 'P10',
      what: 'npm start on an installed checkout to ready (slowest but the first)',
      figure: Math.max(...later),
      unit: 's',
      goal: { at: 'most', value: 10 },
      details: { command: npm ? 'npm start' : 'tools/launcher/src/start.ts', seconds },
    },
    {
      id: 'P10',
      what: 'memory of all processes when idle, npm and stores included (PSS of smaps_rollup)',
      figure: sum('pss'),
      unit: 'MB',
      goal: { at: 'most', value: 900 },
      details: { rss: sum('rss'), idleSeconds: idleMs / 1000, processes },
    },
  ];
}
