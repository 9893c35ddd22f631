import { loadConfig, text, wholeEnvironment } from '@portico/config';
import { run, runMany } from './checks/nx.ts';
import { forgetResults, projectFolders, tally } from './checks/results.ts';
import { root } from './platform/apps.ts';
import { ensureRedis } from './platform/redis-program.ts';

/** `npm test`: format, lint, types and every test; ends with `N passed, N failed`. */
const environment = wholeEnvironment();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());

const { PATH, REDIS_URL } = loadConfig('npm test', { PATH: text(), REDIS_URL: text().optional() });
if (REDIS_URL === undefined) {
  const report = (message: string) => console.log(message);
  await ensureRedis({ searchPath: PATH, userId: process.getuid?.(), signal: stop.signal, report });
}

const checks = { root, environment };
const projects = projectFolders(root);
forgetResults(projects);
const format = await run(checks, 'prettier', ['--check', '--cache', '--log-level=warn', '.']);
const failedChecks = await runMany(checks, ['lint', 'typecheck'], 2);
// One project's tests at a time, each on two workers: several test how fast something happens.
const failedTests = await runMany(checks, ['test'], 1);

const results = tally(projects);
if (format.code !== 0) failedChecks.push('prettier --check');
// A run of tests that failed without a failed test is counted by itself.
const unexplained = results.failed === 0 ? failedTests : [];
for (const problem of [...failedChecks, ...unexplained, ...results.problems])
  console.log(`failed: ${problem}`);
const failed = results.failed + failedChecks.length + unexplained.length;
console.log(`${results.passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
