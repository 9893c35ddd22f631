import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLog, shown } from './logs.ts';
import { claim, endLeftover, recordPid, runningPid } from './pid-file.ts';
import { keepSecrets } from './secrets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portico-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('secrets are made once, kept, and readable by their owner alone', () => {
  const file = join(folder, 'secrets.json');
  const first = keepSecrets(file, {});
  expect(keepSecrets(file, {})).toEqual(first);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  expect(kept).toMatchObject({ adminEmail: first['ADMIN_EMAIL'], adminPassword: first['ADMIN_PASSWORD'] });
  const publicKey = createPublicKey(createPrivateKey(first['OPERATOR_PRIVATE_KEY'] ?? ''));
  expect(publicKey.export({ type: 'spki', format: 'pem' })).toBe(first['OPERATOR_PUBLIC_KEYS']);
});

test('secrets that the environment gives are neither made nor kept, with those that belong to them', () => {
  const file = join(folder, 'secrets.json');
  const secrets = keepSecrets(file, { OPERATOR_PRIVATE_KEY: 'given', CODE_SECRET: '' });
  expect(secrets).not.toHaveProperty('OPERATOR_PUBLIC_KEYS');
  expect(secrets['CODE_SECRET']).toMatch(/^[\w-]{43}$/);
  expect(readFileSync(file, 'utf8')).not.toContain('operator');
});

test('a secret that a newer version needs is added to the file', () => {
  const file = join(folder, 'secrets.json');
  writeFileSync(file, '{"adminPassword": "as it was"}');
  const secrets = keepSecrets(file, {});
  expect(secrets['ADMIN_PASSWORD']).toBe('as it was');
  expect(keepSecrets(file, {})['SEALING_KEYS']).toBe(secrets['SEALING_KEYS']);
});

test('a damaged file is not replaced', () => {
  const file = join(folder, 'secrets.json');
  writeFileSync(file, '{"adminPass');
  expect(() => keepSecrets(file, {})).toThrow(/restore it/);
});

test('of two claims one holds, until the process that made it is gone', async () => {
  const file = join(folder, 'launcher.pid');
  const other = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
  const pid = other.pid ?? 0;
  recordPid(file, pid);
  expect(claim(file)).toBe(pid);
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(claim(file)).toBeUndefined();
  expect(runningPid(file)).toBe(process.pid);
});

test('a leftover is ended, but not a process that has only got its pid', async () => {
  const file = join(folder, 'redis.pid');
  const other = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
  writeFileSync(file, JSON.stringify({ pid: other.pid, startedAt: 'earlier' }));
  await endLeftover(file);
  expect(other.exitCode ?? other.signalCode).toBeNull();
  recordPid(file, other.pid ?? 0);
  const gone = once(other, 'exit');
  await endLeftover(file);
  expect(await gone).toEqual([null, 'SIGTERM']);
});

test('a log answers complete lines, each once', () => {
  const file = join(folder, 'logs', 'gateway.log');
  const log = openLog(file);
  appendFileSync(file, 'one\ntwo\nthr');
  expect(log.read()).toEqual(['one', 'two']);
  appendFileSync(file, 'ee\n');
  expect(log.read()).toEqual(['three']);
  expect(log.read()).toEqual([]);
  log.close();
});

test('a log that has grown too large is put aside at the next start', () => {
  const file = join(folder, 'gateway.log');
  openLog(file).close();
  truncateSync(file, 11 * 1024 * 1024);
  const log = openLog(file);
  expect(statSync(file).size).toBe(0);
  expect(statSync(`${file}.1`).size).toBe(11 * 1024 * 1024);
  log.close();
});

test('the terminal shows warnings, worse, and what is no log line', () => {
  expect(shown('{"level":"info","time":"x","app":"gateway","msg":"request"}')).toBeUndefined();
  const warning = '{"level":"warn","time":"x","app":"gateway","service":"sms-phone","ms":3,"msg":"slow"}';
  expect(shown(warning)).toBe('warn slow service=sms-phone ms=3');
  expect(shown('Error: x')).toBe('Error: x');
});
