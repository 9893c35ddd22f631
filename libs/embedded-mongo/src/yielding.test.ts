import { createConnection } from 'node:net';
import { once } from 'node:events';
import { MongoClient } from 'mongodb';
import type { Collection, Document } from 'mongodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startEmbeddedMongo } from './index.ts';
import type { EmbeddedMongo } from './index.ts';
import { memoryInUse } from './query/budget.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { opMsg } from './wire/raw-client.ts';

const directory = temporaryDirectory();
let mongo: EmbeddedMongo;
let client: MongoClient;
let c: Collection<Document>;
const SIZE = 40_000;

beforeAll(async () => {
  mongo = await startEmbeddedMongo({ dataDir: directory.path });
  client = await new MongoClient(mongo.uri).connect();
  c = client.db('yielding').collection('items');
  const docs = Array.from({ length: SIZE }, (_, i) => ({
    _id: i as never,
    n: (i * 7919) % SIZE,
    pad: 'x'.repeat(100),
  }));
  await c.insertMany(docs);
});

afterAll(async () => {
  await client.close();
  await mongo.close();
  directory.remove();
});

/** How many reads of other clients are answered while a command runs. */
async function readsDuring(run: () => Promise<unknown>): Promise<number> {
  let running = true;
  let reads = 0;
  const reader = async () => {
    while (running) {
      await c.findOne({ _id: 1 as never });
      if (running) reads++;
    }
  };
  const readers = [reader(), reader()];
  try {
    await run();
  } finally {
    running = false;
  }
  await Promise.all(readers);
  return reads;
}

const LONG: Record<string, () => Promise<unknown>> = {
  'an updateMany by scan': async () => {
    expect((await c.updateMany({ pad: /^x/ }, { $inc: { m: 1 } })).modifiedCount).toBe(SIZE);
  },
  'an updateOne that finds nothing': async () => {
    expect((await c.updateOne({ pad: 'none' }, { $set: { m: 1 } })).matchedCount).toBe(0);
  },
  'a findOneAndUpdate with a sort in memory': async () => {
    const found = await c.findOneAndUpdate({ pad: /^x/ }, { $set: { first: true } }, { sort: { n: 1 } });
    expect(found?.n).toBe(0);
  },
  'an index build': () => c.createIndex({ n: 1, pad: 1 }),
  'a sort after another stage': async () => {
    const sorted = c.aggregate([{ $project: { n: 1 } }, { $sort: { n: 1 } }, { $limit: 1 }]);
    expect(await sorted.toArray()).toEqual([{ _id: 0, n: 0 }]);
  },
  'a group with many groups': async () => {
    expect((await c.aggregate([{ $group: { _id: '$n' } }, { $count: 'n' }]).toArray())[0]?.n).toBe(SIZE);
  },
  'a large batch of inserts': () =>
    client
      .db('yielding')
      .collection('other')
      .insertMany(Array.from({ length: 20_000 }, (_, i) => ({ i }))),
  'a deleteMany by scan': async () => {
    expect((await c.deleteMany({ m: { $gte: 1 }, n: { $gte: SIZE / 2 } })).deletedCount).toBe(SIZE / 2);
  },
};

test.each(Object.entries(LONG))('answers others while there is %s', async (_name, run) => {
  expect(await readsDuring(run)).toBeGreaterThan(2);
  expect(memoryInUse()).toBe(0);
});

test('writes during an index build are in the index', async () => {
  const built = c.createIndex({ k: 1, _id: 1 });
  const write = (i: number) => c.updateOne({ _id: i as never }, { $set: { k: 5 } }, { upsert: true });
  await Promise.all(Array.from({ length: 200 }, (_, i) => write(i * 150)));
  await built;
  const byIndex = c.find({ k: 5 }).hint({ k: 1, _id: 1 });
  expect((await byIndex.toArray()).length).toBe(200);
});

test('a command ends, and gives its memory back, when its client has left', async () => {
  const socket = createConnection(mongo.port, '127.0.0.1');
  await once(socket, 'connect');
  const pipeline = [{ $project: { pad: 1 } }, { $sort: { pad: 1 } }];
  socket.write(opMsg({ aggregate: 'items', pipeline, cursor: {}, $db: 'yielding' }));
  await vi.waitUntil(() => memoryInUse() > 0, { interval: 1, timeout: 120_000 });
  socket.destroy();
  await vi.waitUntil(() => memoryInUse() === 0, { timeout: 120_000 });
});

test('a sort of more than the memory budget is refused (292)', async () => {
  const pad = 'y'.repeat(1_000_000);
  const big = client.db('yielding').collection('big');
  for (let i = 0; i < 11; i++) await big.insertMany(Array.from({ length: 10 }, () => ({ pad })));
  await expect(big.find().sort({ i: 1 }).toArray()).rejects.toMatchObject({
    code: 292,
    message: expect.stringContaining('MONGODB_URI') as string,
  });
  expect(memoryInUse()).toBe(0);
});

test('more than 1,000 open cursors are refused (96), and closing one makes room', async () => {
  const open = () => client.db('yielding').command({ find: 'items', filter: {}, batchSize: 1 });
  const opened = await Promise.all(Array.from({ length: 1000 }, open));
  await expect(open()).rejects.toMatchObject({ code: 96 });
  const ids = opened.map((reply) => (reply as { cursor: { id: unknown } }).cursor.id);
  await client.db('yielding').command({ killCursors: 'items', cursors: ids });
  expect(await open()).toMatchObject({ ok: 1 });
});
