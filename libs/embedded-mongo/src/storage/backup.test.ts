import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { afterEach, expect, test } from 'vitest';
import { backupDataDir, startEmbeddedMongo } from '../index.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const program = fileURLToPath(new URL('../main.ts', import.meta.url));
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function directory(): string {
  const { path, remove } = temporaryDirectory();
  cleanups.push(remove);
  return path;
}

async function connect(uri: string): Promise<MongoClient> {
  const client = await new MongoClient(uri).connect();
  cleanups.push(() => client.close());
  return client;
}

test('a copy taken while another process writes is one point in time over all databases', async () => {
  const dataDir = directory();
  const child = spawn(process.execPath, [program, '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const client = await connect((JSON.parse(line.toString()) as { uri: string }).uri);
  const orders = client.db('shop').collection<{ _id: number; text: string }>('orders');
  const invoices = client.db('books').collection<{ _id: number }>('invoices');
  await orders.createIndex({ text: 1 }, { unique: true });
  // Enough that copying takes longer than some writes.
  const filling = Array.from({ length: 20_000 }, (_, n) => ({
    _id: -n - 1,
    text: `${n} ${'x'.repeat(500)}`,
  }));
  await orders.insertMany(filling);

  // An invoice is written when its order is there, in another database.
  let acknowledged = 0;
  const stop = new AbortController();
  const writing = (async () => {
    for (let n = 1; !stop.signal.aborted; n++) {
      await orders.insertOne({ _id: n, text: `order ${n}` });
      await invoices.insertOne({ _id: n });
      acknowledged = n;
    }
  })();
  await expect.poll(() => acknowledged).toBeGreaterThan(20);
  const before = acknowledged;
  const target = join(directory(), 'copy');
  await backupDataDir(dataDir, target);
  const after = acknowledged;
  await expect.poll(() => acknowledged).toBeGreaterThan(after + 20);
  stop.abort();
  await writing;

  const copy = await startEmbeddedMongo({ dataDir: target });
  cleanups.push(() => copy.close());
  const restored = await connect(copy.uri);
  const copied = restored.db('shop').collection<{ _id: number; text: string }>('orders');
  const ids = async (of: typeof copied | typeof invoices) =>
    (
      await of
        .find({ _id: { $gt: 0 } })
        .project<{ _id: number }>({ _id: 1 })
        .sort({ _id: 1 })
        .toArray()
    ).map(({ _id }) => _id);
  const orderIds = await ids(copied);
  const invoiceIds = await ids(restored.db('books').collection<{ _id: number }>('invoices'));
  const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1);
  expect(orderIds).toEqual(upTo(orderIds.length));
  expect(invoiceIds).toEqual(upTo(invoiceIds.length));
  // The last order may be without its invoice; no invoice is without its order.
  expect(orderIds.length - invoiceIds.length).toBeOneOf([0, 1]);
  expect(invoiceIds.length).toBeGreaterThanOrEqual(before);
  expect(orderIds.length).toBeLessThan(acknowledged);
  // Indexes and all else are there.
  expect(await copied.countDocuments()).toBe(20_000 + orderIds.length);
  await expect(copied.insertOne({ _id: 0, text: 'order 1' })).rejects.toMatchObject({ code: 11000 });
});

test('a copy can be taken while no server runs', async () => {
  const dataDir = directory();
  const mongo = await startEmbeddedMongo({ dataDir });
  const client = await new MongoClient(mongo.uri).connect();
  await client.db('a').collection<{ _id: number }>('b').insertOne({ _id: 1 });
  await client.close();
  await mongo.close();

  const target = join(directory(), 'copy');
  await backupDataDir(dataDir, target);
  const copy = await startEmbeddedMongo({ dataDir: target });
  cleanups.push(() => copy.close());
  const restored = await connect(copy.uri);
  expect(await restored.db('a').collection('b').find().toArray()).toEqual([{ _id: 1 }]);
});

test('there is nothing to copy in an empty directory', async () => {
  await expect(backupDataDir(directory(), join(directory(), 'copy'))).rejects.toThrow();
});
