import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What came out of a project's tests. */
export interface Tally {
  passed: number;
  failed: number;
  /** What is wrong beside failed tests, a line each. */
  problems: string[];
}

/** What `npm test` reads of Vitest's JSON report. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

/** The folders of a workspace's projects, as its package.json declares them. */
export function projectFolders(root: string): string[] {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    workspaces: string[];
  };
  return globSync(
    workspaces.map((pattern) => `${pattern}/package.json`),
    { cwd: root },
  )
    .map((file) => join(root, file, '..'))
    .sort();
}

function hasTests(project: string): boolean {
  const exclude = (name: string) => name === 'node_modules' || name === 'dist';
  return globSync('**/*.test.ts', { cwd: project, exclude }).length > 0;
}

const reportOf = (project: string) => join(project, 'dist', 'test-results.json');

/** Removes the results of earlier runs. Nx brings back those of tasks that need not run again. */
export function forgetResults(projects: readonly string[]): void {
  for (const project of projects) rmSync(reportOf(project), { force: true });
}

/** Adds up the results of all projects. One that has tests and no results is a failure, however it came about. */
export function tally(projects: readonly string[]): Tally {
  const all: Tally = { passed: 0, failed: 0, problems: [] };
  for (const project of projects) {
    const result = resultOf(project);
    all.passed += result.passed;
    all.failed += result.failed;
    all.problems.push(...result.problems);
  }
  return all;
}

function resultOf(project: string): Tally {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(reportOf(project), 'utf8')) as Report;
  } catch {
    const problems = hasTests(project) ? [`${project} has tests and left no results`] : [];
    return { passed: 0, failed: problems.length, problems };
  }
  // A file that could not be loaded, or whose hooks failed, has no test that failed.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    problems: broken.map(({ name }) => `${name} failed outside its tests`),
  };
}
