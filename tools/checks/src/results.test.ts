import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failedTasks } from './nx.ts';
import { forgetResults, projectFolders, tally } from './results.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portico-results-'));
  write('package.json', { workspaces: ['libs/*', 'tools'] });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, content: object): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), JSON.stringify(content));
}

function project(name: string, report?: object): void {
  write(`${name}/package.json`, {});
  write(`${name}/src/a.test.ts`, {});
  if (report) write(`${name}/dist/test-results.json`, report);
}

const report = (numPassedTests: number, numFailedTests: number, testResults: object[] = []) => ({
  numPassedTests,
  numFailedTests,
  testResults,
});

test('the results of all projects are added up', () => {
  project('libs/one', report(3, 0));
  project('tools', report(4, 2, [{ name: 'a', status: 'failed', assertionResults: [{ status: 'failed' }] }]));
  expect(tally(projectFolders(root))).toEqual({ passed: 7, failed: 2, problems: [] });
});

test('a project with tests and without results has failed, also when an earlier run left some', () => {
  project('libs/one', report(3, 0));
  forgetResults(projectFolders(root));
  const { passed, failed, problems } = tally(projectFolders(root));
  expect({ passed, failed }).toEqual({ passed: 0, failed: 1 });
  expect(problems[0]).toMatch(/libs\/one has tests and left no results/);
});

test('a project without tests needs no results', () => {
  write('libs/none/package.json', {});
  write('libs/none/node_modules/x/x.test.ts', {});
  expect(tally(projectFolders(root))).toEqual({ passed: 0, failed: 0, problems: [] });
});

test('a test file that cannot be loaded has failed', () => {
  project('tools', report(1, 0, [{ name: 'broken.test.ts', status: 'failed', assertionResults: [] }]));
  expect(tally(projectFolders(root))).toMatchObject({
    failed: 1,
    problems: ['broken.test.ts failed outside its tests'],
  });
});

test('the failed tasks are read from what Nx prints', () => {
  const output = `x\n\u001b[31mFailed tasks:\u001b[39m\n\n- @portico/tools:lint\n- @portico/auth:typecheck\n\nHint\n`;
  expect(failedTasks(output)).toEqual(['@portico/tools:lint', '@portico/auth:typecheck']);
  expect(failedTasks('Successfully ran')).toEqual([]);
});
