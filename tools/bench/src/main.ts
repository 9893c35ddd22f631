import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig, processEnvironment, wholeEnvironment } from '@portico/config';
import { measures } from './measures.ts';
import { isMet, tableOf, type Row } from './rows.ts';
import { writeJsonAtomically } from '@portico/launcher';

/**
 * `npm run bench`: every row of the performance goals, taken in one run. `-- --large` adds the rows with a million
 * accounts, `-- --only P3,P4` takes some. It fails when something could not be measured, not when a goal is missed.
 */
const { values } = parseArgs({
  options: { large: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});
const only = values.only.split(',').filter((id) => id !== '');
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());

const { DATA_DIR } = loadConfig('bench', processEnvironment);
const folder = mkdtempSync(join(tmpdir(), 'portico-bench-'));
const rows: Row[] = [];
const failures: string[] = [];
try {
  for (const { ids, large, name, take } of measures) {
    const isWanted = only.length > 0 ? ids.some((id) => only.includes(id)) : !large || values.large;
    if (!isWanted || stop.signal.aborted) continue;
    console.log(`measuring ${ids.join(', ')}: ${name}`);
    try {
      rows.push(...(await take({ folder, environment: wholeEnvironment(), signal: stop.signal })));
    } catch (error) {
      failures.push(`${ids.join(', ')}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

// A row of an app has the app's name before its own.
const report = rows.filter(
  ({ id }) => only.length === 0 || only.some((name) => id === name || id.startsWith(`${name} `)),
);
console.log(`\n${tableOf(report)}\n`);
const file = join(resolve(DATA_DIR), 'bench-results.json');
mkdirSync(resolve(DATA_DIR), { recursive: true });
writeJsonAtomically(file, {
  at: new Date().toISOString(),
  rows: report.map((row) => ({ ...row, met: isMet(row) })),
  failures,
});
for (const failure of failures) console.log(`not measured: ${failure}`);
console.log(
  `${report.filter(isMet).length} of ${report.length} goals met; everything behind the figures is in ${file}`,
);
process.exit(failures.length === 0 && !stop.signal.aborted ? 0 : 1);
