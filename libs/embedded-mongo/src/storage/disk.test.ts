import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterEach, expect, test } from 'vitest';
import { startEmbeddedMongo } from '../index.ts';
import { program } from '../server-process.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function directory(): string {
  const { path, remove } = temporaryDirectory();
  cleanups.push(remove);
  return path;
}

async function withData(): Promise<string> {
  const dataDir = directory();
  const mongo = await startEmbeddedMongo({ dataDir });
  const client = await new MongoClient(mongo.uri).connect();
  const docs = Array.from({ length: 3000 }, (_, i) => ({ i, pad: 'x'.repeat(1000) }));
  await client.db('test').collection('items').insertMany(docs);
  await client.close();
  await mongo.close();
  return dataDir;
}

const HELP = 'restore a backup into the directory, or move its files elsewhere to start without data';

test('refuses to start over an empty, truncated or foreign data file, and leaves it as it is', async () => {
  const good = await withData();
  const size = statSync(join(good, 'data.mdb')).size;
  const damages: [damage: (file: string) => void, message: string][] = [
    [(file) => truncateSync(file, 0), 'is empty: its data is lost'],
    [(file) => truncateSync(file, 1_000_000), `is truncated: it has 1000000 of ${size} bytes`],
    [(file) => truncateSync(file, 5000), 'is truncated'],
    [
      (file) => writeFileSync(file, 'something else'.repeat(1000)),
      'is not a data file of the embedded store',
    ],
    [(file) => truncateSync(file, 100), 'is not a data file of the embedded store'],
  ];
  for (const [damage, message] of damages) {
    const dataDir = directory();
    const file = join(dataDir, 'data.mdb');
    copyFileSync(join(good, 'data.mdb'), file);
    damage(file);
    const before = readFileSync(file);
    const refused = expect(startEmbeddedMongo({ dataDir }), message).rejects;
    await refused.toThrow(message);
    await expect(startEmbeddedMongo({ dataDir })).rejects.toThrow(HELP);
    expect(readFileSync(file).equals(before)).toBe(true);
  }
  const mongo = await startEmbeddedMongo({ dataDir: good });
  await mongo.close();
});

test('refuses to start in the directory of a mongod', async () => {
  const dataDir = directory();
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'WiredTiger'), '');
  await expect(startEmbeddedMongo({ dataDir })).rejects.toThrow('holds the data of a mongod');
});

test('names a full disk in its answer and its log, and goes on once there is room', async () => {
  // A limit on the size of files stands for a disk; it can be raised from outside.
  const dataDir = directory();
  const limited = `ulimit -S -f 8000; exec "$0" "$@"`;
  const child = spawn('bash', ['-c', limited, process.execPath, program, '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanups.push(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const client = await new MongoClient((JSON.parse(line.toString()) as { uri: string }).uri).connect();
  cleanups.push(() => client.close());
  const items = client.db('test').collection<{ _id: number; pad: string }>('items');
  let stored = 0;
  const fill = async () => {
    for (; stored < 1000; stored++) await items.insertOne({ _id: stored, pad: 'x'.repeat(100_000) });
  };
  await expect(fill()).rejects.toMatchObject({
    code: 14031,
    codeName: 'OutOfDiskSpace',
    message: expect.stringContaining(`No room on the disk of ${dataDir}`) as string,
  });
  expect(await items.countDocuments()).toBe(stored);
  await expect(items.insertOne({ _id: -1, pad: 'x'.repeat(9_000_000) })).rejects.toMatchObject({
    code: 14031,
  });
  expect(log).toContain('No room on the disk');
  const raised = spawn('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
  expect(await once(raised, 'exit')).toEqual([0, null]);
  await items.insertOne({ _id: -1, pad: 'x'.repeat(9_000_000) });
  expect(await items.countDocuments()).toBe(stored + 1);
});
