import { loadConfig, text, wholeEnvironment } from '@portico/config';
import { run, runTests } from './nx.ts';
import { forgetResults, projectFolders, tally } from './results.ts';
import { ensureRedis, root } from '@portico/launcher';

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
// One process each for all projects: a program for each of them takes five times as long.
const [format, types, pageTypes, lint] = await Promise.all([
  run(checks, 'prettier', ['--check', '--cache', '--log-level=warn', '.']),
  run(checks, 'tsc', []),
  run(checks, 'tsc', ['--project', 'apps/console']),
  run(checks, 'eslint', ['--config', 'eslint.workspace.config.mjs', '.']),
]);
const failedTests = await runTests(checks);

const results = tally(projects);
const failedChecks = Object.entries({
  prettier: format,
  tsc: types,
  'tsc apps/console': pageTypes,
  eslint: lint,
})
  .filter(([, { code }]) => code !== 0)
  .map(([name]) => name);
// A run of tests that failed without a failed test is counted by itself.
const unexplained = results.failed === 0 ? failedTests : [];
for (const problem of [...failedChecks, ...unexplained, ...results.problems])
  console.log(`failed: ${problem}`);
const failed = results.failed + failedChecks.length + unexplained.length;
console.log(`${results.passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
