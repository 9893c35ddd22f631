import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { call } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { afterAll, expect, inject, test, vi } from 'vitest';
import { root } from '@portico/launcher';

const bootstrap = join(root, 'tools', 'launcher', 'src', 'bootstrap.mjs');
const folder = mkdtempSync(join(tmpdir(), 'portico-backup-'));
const started: ChildProcess[] = [];
afterAll(async () => {
  await Promise.all(started.map(end));
  rmSync(folder, { recursive: true, force: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** `npm start` without npm; answers the gateway's address and how to stop it. */
async function start(dataDir: string, environment: Record<string, string>) {
  const child = spawn(process.execPath, [bootstrap, 'tools/launcher/src/start.ts'], {
    env: { PATH: inject('searchPath'), DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const state = join(dataDir, 'portico.json');
  await vi.waitUntil(() => existsSync(state) || child.exitCode !== null, { timeout: 120_000 });
  if (child.exitCode !== null) throw new Error(output.join(''));
  const { gateway, mongodb } = JSON.parse(readFileSync(state, 'utf8')) as {
    gateway: { url: string };
    mongodb: { uri: string };
  };
  return { url: gateway.url, mongodbUri: mongodb.uri, stop: () => end(child) };
}

/** `npm run backup` without npm. */
const backup = (dataDir: string, to: string) =>
  promisify(execFile)(process.execPath, [bootstrap, 'tools/launcher/src/backup.ts', '--to', to], {
    env: { PATH: inject('searchPath'), DATA_DIR: dataDir },
  });

const upload = (url: string, customId: string) =>
  call(`${url}/s/v1/keeper/upload`, { body: [{ platform: 'shop', customId, data: customId }] });

async function customIds(url: string): Promise<string[]> {
  const { body } = await call<{ data: { list: { customId: string }[] } }>(`${url}/web/v1/accounts/list`, {
    body: { filters: { ownerId: 'keeper' }, pagination: { page: 1, pageSize: 100 } },
  });
  return body.data.list.map(({ customId }) => customId);
}

async function signIn(url: string, dataDir: string): Promise<string> {
  const secrets = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;
  const { status, body } = await call<{ access_token: string }>(`${url}/api/auth/login`, {
    body: { email: secrets['adminEmail'], password: secrets['adminPassword'] },
  });
  expect(status).toBe(200);
  return body.access_token;
}

/** A project with a file, as an operator makes it. */
async function putFile(url: string, dataDir: string, bytes: Buffer<ArrayBuffer>): Promise<string> {
  const headers = { Authorization: `Bearer ${await signIn(url, dataDir)}` };
  const admin = `${url}/customer-service/api/admin/projects`;
  const { body: project } = await call<{ id: string }>(admin, {
    body: { owner_email: 'admin@portico.example', name: 'kept', overview_markdown: '# kept' },
    headers,
  });
  const { body } = await call<{
    file: { id: string };
    upload_url: string;
    upload_headers: Record<string, string>;
  }>(`${admin}/${project.id}/files`, {
    body: { filename: 'kept.txt', content_type: 'text/plain', file_size: bytes.length },
    headers,
  });
  await fetch(body.upload_url, { method: 'PUT', body: bytes, headers: body.upload_headers });
  const completed = await call(`${admin}/files/${body.file.id}/complete`, { method: 'POST', headers });
  expect(completed.status).toBe(200);
  return body.file.id;
}

async function readFile(url: string, dataDir: string, id: string): Promise<Buffer> {
  const headers = { Authorization: `Bearer ${await signIn(url, dataDir)}` };
  const { body } = await call<{ download_url: string }>(`${url}/api/projects/files/${id}/download-url`, {
    method: 'POST',
    headers,
  });
  return Buffer.from(await (await fetch(body.download_url)).arrayBuffer());
}

/** The sweeper puts a job again when half a minute has brought no result. */
async function halfAMinuteLater(mongodbUri: string): Promise<void> {
  const client = await MongoClient.connect(mongodbUri);
  const mails = client.db('portico_customer_service').collection('code_mails');
  await mails.updateMany({ outbox: { $exists: true } }, { $set: { 'outbox.$[].due': new Date() } });
  await client.close();
}

test('write, back up while running, write more, destroy, restore, read', async () => {
  const dataDir = join(folder, 'data');
  const copy = join(folder, 'backups', 'today');
  const bytes = Buffer.from('bytes of a file');
  // Without a notifier, so that a message is still pending when the backup is taken.
  const first = await start(dataDir, { NOTIFIER_INSTANCES: '0' });
  expect(await upload(first.url, 'kept')).toMatchObject({ body: { code: 0 } });
  const file = await putFile(first.url, dataDir, bytes);
  const sent = await call(`${first.url}/api/auth/send-code`, { body: { email: 'new@example.com' } });
  expect(sent.status).toBe(200);

  const { stdout } = await backup(dataDir, copy);
  expect(stdout).toBe(`${copy} holds the store, the files, the secrets of ${dataDir}\n`);
  expect(statSync(join(copy, 'secrets.json')).mode & 0o777).toBe(0o600);
  expect(existsSync(join(copy, 'redis'))).toBe(false);

  expect(await upload(first.url, 'lost')).toMatchObject({ body: { code: 0 } });
  expect(await customIds(first.url)).toHaveLength(2);
  await first.stop();
  rmSync(dataDir, { recursive: true });

  cpSync(copy, dataDir, { recursive: true });
  const second = await start(dataDir, {});
  expect(await customIds(second.url)).toEqual(['kept']);
  expect(await readFile(second.url, dataDir, file)).toEqual(bytes);
  // Redis is empty: the message comes out of the outbox, sealed under a key that was restored.
  await halfAMinuteLater(second.mongodbUri);
  const outbox = join(dataDir, 'outbox.ndjson');
  await vi.waitFor(() => expect(readFileSync(outbox, 'utf8')).toContain('new@example.com'), 120_000);
  expect(await upload(second.url, 'new')).toMatchObject({ body: { code: 0 } });
  expect(await customIds(second.url)).toHaveLength(2);
  await second.stop();
});

test('what is there is not overwritten, and what is no embedded store is refused', async () => {
  const there = join(folder, 'there');
  mkdirSync(there);
  await expect(backup(join(folder, 'nowhere'), there)).rejects.toMatchObject({
    stderr: `${there} exists: a backup goes into a new folder\n`,
  });

  const foreign = join(folder, 'foreign');
  mkdirSync(join(foreign, 'mongodb'), { recursive: true });
  writeFileSync(join(foreign, 'mongodb', 'WiredTiger'), '');
  const copy = join(folder, 'copy');
  await expect(backup(foreign, copy)).rejects.toMatchObject({
    stderr: `${join(foreign, 'mongodb')} holds no embedded store; back a MongoDB up with mongodump\n`,
  });
  expect([existsSync(copy), existsSync(`${copy}.unfinished`)]).toEqual([false, false]);
});
