import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { runOf } from './child-run.ts';
import { supervise, type Supervised } from './supervisor.ts';

/** A program that is up when it has printed a line. */
function supervised(script: string) {
  const restarts: number[] = [];
  const reports: string[] = [];
  const times: number[] = [];
  const process_: Supervised = supervise({
    name: 'program',
    spawn() {
      const child = spawn(process.execPath, ['-e', script]);
      const up = Promise.race([
        once(child.stdout, 'data'),
        once(child, 'exit').then(() => Promise.reject(new Error('ended at start'))),
      ]);
      return runOf(child, up, 2000);
    },
    onRestart: () => restarts.push(process_.pid),
    report(message) {
      reports.push(message);
      times.push(performance.now());
    },
  });
  onTestFinished(() => process_.stop());
  return { process: process_, restarts, reports, times };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a program that is killed is started again', async () => {
  const { process: program, restarts, reports } = supervised('console.log(1); setInterval(() => 0, 1000)');
  await program.up;
  const first = program.pid;
  process.kill(first, 'SIGKILL');
  await expect.poll(() => restarts.length).toBe(1);
  expect(restarts[0]).not.toBe(first);
  expect(reports).toEqual(['program ended unexpectedly (SIGKILL), starting it again']);
});

test('a program that keeps ending is started again less and less often', async () => {
  const { process: program, times } = supervised('console.log(1)');
  await program.up;
  await expect.poll(() => times.length).toBeGreaterThan(3);
  const [, , third = 0, fourth = 0] = times;
  expect(fourth - third).toBeGreaterThan(500);
});

test('a first start that fails is not repeated', async () => {
  const { process: program, reports } = supervised('process.exit(1)');
  await expect(program.up).rejects.toThrow('ended at start');
  await program.stop();
  expect(reports).toEqual([]);
});

test('a stop ends it also while it is starting, and it stays ended', async () => {
  const { process: program, restarts } = supervised('setInterval(() => 0, 1000)');
  program.up.catch(() => undefined);
  const { pid } = program;
  await program.stop();
  expect(isAlive(pid)).toBe(false);
  expect(restarts).toEqual([]);
});
