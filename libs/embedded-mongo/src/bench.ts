import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import type { AnyBulkWriteOperation, Collection } from 'mongodb';

// node src/bench.ts [--uri URI] [--documents N] [--seconds S]: operations per second over 16 connections.
const { values } = parseArgs({
  options: {
    uri: { type: 'string' },
    documents: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '3' },
  },
});
const documents = Number(values.documents);
const seconds = Number(values.seconds);
const CONNECTIONS = 16;

interface Account {
  _id: number;
  owner: string;
  platform: string;
  status: string;
  usedAt: Date;
  data: string;
  n?: number;
}

function account(i: number): Account {
  return {
    _id: i,
    owner: `owner-${i % 5}`,
    platform: `platform-${i % 3}`,
    status: 'available',
    usedAt: new Date(1_700_000_000_000 + ((i * 7919) % documents) * 1000),
    data: `account ${i} `.padEnd(200, 'x'),
  };
}

async function measure(name: string, run: (i: number) => Promise<number>): Promise<void> {
  const until = performance.now() + seconds * 1000;
  const times: number[] = [];
  let done = 0;
  let next = 0;
  const worker = async () => {
    while (performance.now() < until) {
      const started = performance.now();
      const count = await run(next++);
      done += count;
      times.push(performance.now() - started);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const perSecond = done / ((performance.now() - started) / 1000);
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  console.log(
    `${name.padEnd(44)} ${Math.round(perSecond).toLocaleString('en').padStart(9)}/s  p50 ${at(0.5)} ms  p95 ${at(0.95)} ms`,
  );
}

async function load(collection: Collection<Account>): Promise<void> {
  const started = performance.now();
  const batches = Math.ceil(documents / 5000);
  for (let batch = 0; batch < batches; batch++) {
    const size = Math.min(5000, documents - batch * 5000);
    await collection.insertMany(
      Array.from({ length: size }, (_, i) => account(batch * 5000 + i)),
      { ordered: false },
    );
  }
  const rate = documents / ((performance.now() - started) / 1000);
  console.log(
    `insertMany of 5,000, 3 indexes`.padEnd(44),
    Math.round(rate).toLocaleString('en').padStart(9) + '/s',
  );
}

const random = (below: number) => Math.floor(Math.random() * below);

async function run(uri: string): Promise<void> {
  const client = await new MongoClient(uri, { maxPoolSize: CONNECTIONS, minPoolSize: CONNECTIONS }).connect();
  const db = client.db('bench');
  await db.dropDatabase();
  const accounts = db.collection<Account>('accounts');
  await accounts.createIndexes([
    { key: { owner: 1, platform: 1, status: 1, usedAt: 1 } },
    { key: { status: 1, usedAt: 1 } },
  ]);
  await load(accounts);
  const extra = db.collection<{ _id: number; v: number }>('extra');
  await measure('ping', async () => ((await db.command({ ping: 1 })).ok === 1 ? 1 : 0));
  await measure('insertOne', async (i) => ((await extra.insertOne({ _id: i, v: i })).acknowledged ? 1 : 0));
  await measure('findOne by _id', async () => ((await accounts.findOne({ _id: random(documents) })) ? 1 : 0));
  await measure('findOne by index', async () => {
    const filter = { owner: `owner-${random(5)}`, platform: 'platform-1', status: 'available' };
    return (await accounts.findOne(filter)) ? 1 : 0;
  });
  await measure('find sorted page of 20 by index', async () => {
    const filter = { owner: `owner-${random(5)}`, platform: 'platform-1', status: 'available' };
    return (await accounts.find(filter).sort({ usedAt: -1 }).limit(20).toArray()).length > 0 ? 1 : 0;
  });
  await measure('updateOne by _id', async () => {
    return (await accounts.updateOne({ _id: random(documents) }, { $inc: { n: 1 } })).matchedCount;
  });
  await measure('findOneAndUpdate, sorted claim', async (i) => {
    const filter = { owner: `owner-${i % 5}`, platform: `platform-${i % 3}`, status: 'available' };
    const update = { $set: { status: 'locked', usedAt: new Date() }, $inc: { n: 1 } };
    return (await accounts.findOneAndUpdate(filter, update, { sort: { usedAt: 1 }, returnDocument: 'after' }))
      ? 1
      : 0;
  });
  await measure('bulkWrite, 1,000 upserts (documents/s)', async (i) => {
    const operations = Array.from(
      { length: 1000 },
      (_, k): AnyBulkWriteOperation<{ _id: number; v: number }> => {
        return {
          updateOne: { filter: { _id: 1e7 + i * 500 + k }, update: { $set: { v: i } }, upsert: true },
        };
      },
    );
    const { upsertedCount, matchedCount } = await extra.bulkWrite(operations, { ordered: false });
    return upsertedCount + matchedCount;
  });
  await measure('countDocuments by index', async () =>
    (await accounts.countDocuments({ status: 'locked' })) >= 0 ? 1 : 0,
  );
  const [stats] = await Promise.all([db.admin().command({ serverStatus: 1 })]);
  console.log('memory of the server, MB', stats.mem);
  await db.dropDatabase();
  await client.close();
}

if (values.uri) {
  await run(values.uri);
} else {
  const dataDir = mkdtempSync(join(tmpdir(), 'embedded-mongo-bench-'));
  const program = fileURLToPath(new URL('./main.ts', import.meta.url));
  const server = spawn(process.execPath, [program, '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  try {
    await run((JSON.parse(line.toString()) as { uri: string }).uri);
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
    rmSync(dataDir, { recursive: true });
  }
}
