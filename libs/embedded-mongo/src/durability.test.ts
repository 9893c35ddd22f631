import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { Long, MongoClient, UUID } from 'mongodb';
import { afterEach, expect, test, vi } from 'vitest';
import { startEmbeddedMongo } from './index.ts';
import { openStore } from './storage/store.ts';
import { kill, program, startProcess } from './server-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { ask, opMsg } from './wire/raw-client.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function directory(): string {
  const { path, remove } = temporaryDirectory();
  cleanups.push(remove);
  return path;
}

async function connect(port: number): Promise<Socket> {
  const socket = createConnection(port, '127.0.0.1');
  cleanups.push(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

test('kill -9 during writes loses nothing that was acknowledged', async () => {
  const dataDir = directory();
  const acknowledged = new Map<number, number>();
  let next = 0;
  for (let round = 0; round < 3; round++) {
    const { child, client } = await startProcess(dataDir, cleanups);
    const items = client.db('test').collection<{ _id: number; n: number }>('items');
    if (round === 0) await items.createIndex({ n: 1 }, { unique: true });
    const before = acknowledged.size;
    const write = async () => {
      for (;;) {
        const id = next++;
        await items.insertOne({ _id: id, n: id });
        acknowledged.set(id, id);
        await items.updateOne({ _id: id }, { $set: { n: -id } });
        acknowledged.set(id, -id);
      }
    };
    const writers = Promise.allSettled(Array.from({ length: 8 }, write));
    await vi.waitUntil(() => acknowledged.size > before + 300, { timeout: 120_000 });
    await kill(child, 'SIGKILL');
    await client.close();
    await writers;
  }
  const { child, client } = await startProcess(dataDir, cleanups);
  const items = client.db('test').collection<{ _id: number; n: number }>('items');
  const stored = new Map((await items.find().toArray()).map(({ _id, n }) => [_id, n]));
  for (const [id, n] of acknowledged) {
    // The write after the last acknowledged one may have got through as well.
    expect([n, -id]).toContain(stored.get(id));
  }
  expect(await items.countDocuments({ n: { $lte: 0 } })).toBe(
    [...stored.values()].filter((n) => n <= 0).length,
  );
  expect(await items.estimatedDocumentCount()).toBe(stored.size);
  expect(await kill(child, 'SIGTERM')).toBe(0);
});

test('a write that is retried after kill -9 is not done again', async () => {
  const dataDir = directory();
  const command = {
    update: 'items',
    updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } }, upsert: true }],
    lsid: { id: new UUID() },
    $db: 'test',
    txnNumber: Long.fromNumber(7),
  };
  const first = await startProcess(dataDir, cleanups);
  const reply = await ask(await connect(first.port), opMsg(command));
  expect(reply).toMatchObject({ n: 1, upserted: [{ index: 0, _id: 1 }] });
  await kill(first.child, 'SIGKILL');
  const second = await startProcess(dataDir, cleanups);
  expect(await ask(await connect(second.port), opMsg(command))).toEqual(reply);
  expect(await second.client.db('test').collection('items').findOne({})).toMatchObject({ n: 1 });
});

test('a directory has one owner at a time', async () => {
  const dataDir = directory();
  const { child } = await startProcess(dataDir, cleanups);
  const second = spawn(process.execPath, [program, '--data-dir', dataDir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [message, exit] = await Promise.all([text(second.stderr), once(second, 'exit')]);
  const [code] = exit as [number];
  expect(code).toBe(1);
  expect(message).toBe(`embedded-mongo: the data directory ${dataDir} is in use by process ${child.pid}\n`);
  await expect(startEmbeddedMongo({ dataDir })).rejects.toThrow('in use');
});

test('data of a newer layout is refused', async () => {
  const dataDir = directory();
  const store = openStore(dataDir);
  store.transaction(() => store.meta.putSync(Buffer.from('version'), Buffer.from('99')));
  await store.close();
  await expect(startEmbeddedMongo({ dataDir })).rejects.toThrow('layout version 99');
});

test('expired documents and dropped collections go in the background, also after a restart', async () => {
  const dataDir = directory();
  const start = async () => {
    const mongo = await startEmbeddedMongo({ dataDir });
    const client = await new MongoClient(mongo.uri).connect();
    return { client, close: () => client.close().then(() => mongo.close()) };
  };
  const first = await start();
  const items = first.client.db('test').collection('items');
  await items.createIndex({ at: 1 }, { expireAfterSeconds: 1 });
  const dropped = first.client.db('test').collection('dropped');
  await dropped.insertMany(Array.from({ length: 100 }, (_, i) => ({ i })));
  await items.insertMany([
    { at: new Date(Date.now() - 10_000) },
    { at: new Date(Date.now() + 3_600_000) },
    { at: 'x' },
  ]);
  await dropped.drop();
  await first.close();
  const second = await start();
  const left = second.client.db('test').collection('items');
  await vi.waitUntil(async () => (await left.countDocuments()) === 2, { timeout: 120_000 });
  await second.close();
  const store = openStore(dataDir);
  expect(store.docs.getCount({})).toBe(2);
  await store.close();
});
