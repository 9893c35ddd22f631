import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { Long, MongoClient, UUID } from 'mongodb';
import type { Document } from 'mongodb';
import { afterEach, expect, test, vi } from 'vitest';
import { startEmbeddedMongo } from '../index.ts';
import type { EmbeddedMongoOptions } from '../index.ts';
import { kill, startProcess } from '../server-process.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { ask, opMsg } from '../wire/raw-client.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function directory(): string {
  const { path, remove } = temporaryDirectory();
  cleanups.push(remove);
  return path;
}

async function start(options: Partial<EmbeddedMongoOptions> = {}) {
  const mongo = await startEmbeddedMongo({ dataDir: directory(), ...options });
  cleanups.push(() => mongo.close());
  const client = await new MongoClient(mongo.uri).connect();
  cleanups.push(() => client.close());
  return { mongo, client, db: client.db('test') };
}

async function connect(port: number): Promise<Socket> {
  const socket = createConnection(port, '127.0.0.1');
  cleanups.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Sends commands of one session, whose transactions are numbered by hand. */
function session(first: Socket) {
  let socket = first;
  const lsid = { id: new UUID() };
  const send = (command: Document) => ask(socket, opMsg({ ...command, lsid, $db: 'test' }));
  const inside = (number: number, command: Document) =>
    send({ ...command, txnNumber: Long.fromNumber(number), autocommit: false });
  return {
    /** Goes on over another connection. */
    use: (other: Socket) => (socket = other),
    send,
    inside,
    begin: (number: number, command: Document) => inside(number, { ...command, startTransaction: true }),
    commit: (number: number) => inside(number, { commitTransaction: 1 }),
    abort: (number: number) => inside(number, { abortTransaction: 1 }),
  };
}

const insert = (id: number) => ({ insert: 'items', documents: [{ _id: id }] });
const find = { find: 'items', filter: {} };
const TRANSIENT = { errorLabels: ['TransientTransactionError'] };

test('numbers of transactions are checked as MongoDB does', async () => {
  const { mongo, db } = await start();
  const s = session(await connect(mongo.port));
  expect(await s.inside(1, find)).toMatchObject({ code: 251, ...TRANSIENT });
  expect(await s.commit(1)).toMatchObject({ code: 251, ...TRANSIENT });
  expect(await s.begin(1, insert(1))).toEqual({ n: 1, ok: 1 });
  expect(await s.begin(1, find)).toMatchObject({ code: 50911 });
  expect(await s.begin(0, find)).toMatchObject({ code: 225 });
  expect(await s.inside(0, find)).toMatchObject({ code: 225 });
  expect(await s.inside(2, find)).toMatchObject({ code: 251 });
  expect(await s.send({ ...insert(9), txnNumber: Long.fromNumber(1) })).toMatchObject({ code: 225 });
  expect(await s.commit(1)).toEqual({ ok: 1 });
  expect(await s.commit(1)).toEqual({ ok: 1 });
  expect(await s.inside(1, find)).toMatchObject({ code: 256, codeName: 'TransactionCommitted' });
  expect(await s.abort(1)).toMatchObject({ code: 256 });
  expect(await s.begin(2, insert(2))).toMatchObject({ ok: 1 });
  expect(await s.abort(2)).toEqual({ ok: 1 });
  expect(await s.abort(2)).toMatchObject({ code: 251, codeName: 'NoSuchTransaction' });
  expect(await s.commit(2)).toMatchObject({ code: 251 });
  // A newer transaction and a newer retryable write both end the one that is open.
  await s.begin(3, insert(3));
  await s.begin(4, insert(4));
  expect(await s.send({ ...insert(5), txnNumber: Long.fromNumber(5) })).toMatchObject({ n: 1 });
  expect(await s.inside(4, find)).toMatchObject({ code: 225 });
  expect(await db.collection('items').distinct('_id')).toEqual([1, 5]);
});

test('what cannot be part of a transaction is refused by its code', async () => {
  const { mongo } = await start();
  const s = session(await connect(mongo.port));
  expect(await s.send({ commitTransaction: 1 })).toMatchObject({ code: 125 });
  expect(await s.begin(1, { count: 'items' })).toMatchObject({ code: 263 });
  expect(await s.begin(1, { createIndexes: 'items', indexes: [] })).toMatchObject({ code: 263 });
  expect(await s.begin(1, { ...insert(1), writeConcern: { w: 1 } })).toMatchObject({ code: 72 });
  expect(await s.begin(1, { ...find, readConcern: { level: 'linearizable' } })).toMatchObject({ code: 72 });
  expect(await s.send({ ...find, startTransaction: true })).toMatchObject({ code: 72 });
  expect(await s.send({ ...find, autocommit: false })).toMatchObject({ code: 72 });
  expect(await s.send({ ...find, autocommit: true, txnNumber: Long.fromNumber(1) })).toMatchObject({
    code: 72,
  });
  expect(await s.begin(1, find)).toMatchObject({ ok: 1 });
  expect(await s.inside(1, { ...find, readConcern: { level: 'snapshot' } })).toMatchObject({ code: 72 });
});

test('a transaction that is open for too long is aborted', async () => {
  const { client, db } = await start({ transactionLifetimeMs: 1 });
  await client.withSession(async (s) => {
    s.startTransaction();
    await db.collection('items').insertOne({}, { session: s });
    const open = async () =>
      ((await db.admin().serverStatus()) as { transactions: { currentOpen: number } }).transactions
        .currentOpen;
    await vi.waitUntil(async () => (await open()) === 0, { timeout: 120_000 });
    await expect(s.commitTransaction()).rejects.toMatchObject({ code: 251 });
  });
  expect(await db.collection('items').countDocuments()).toBe(0);
});

test('an index that came after the snapshot ends the transaction, which may be tried again', async () => {
  const { client, db } = await start();
  const items = db.collection('items');
  await items.insertOne({ n: 1 });
  await client.withSession(async (s) => {
    s.startTransaction();
    await items.findOne({}, { session: s });
    await items.createIndex({ n: 1 });
    await expect(items.findOne({ n: 1 }, { session: s })).rejects.toMatchObject({ code: 246, ...TRANSIENT });
    await s.abortTransaction();
    s.startTransaction();
    expect(await items.findOne({ n: 1 }, { session: s })).toMatchObject({ n: 1 });
    await s.commitTransaction();
  });
});

test('a cursor belongs to its transaction and sees its snapshot', async () => {
  const { client, db } = await start();
  const items = db.collection<{ _id: number }>('items');
  await items.insertMany(Array.from({ length: 50 }, (_, i) => ({ _id: i })));
  await client.withSession(async (s) => {
    s.startTransaction();
    await items.deleteOne({ _id: 10 }, { session: s });
    const cursor = items.find({}, { session: s, batchSize: 7, sort: { _id: 1 } });
    const first = await cursor.next();
    await items.deleteMany({ _id: { $gt: 30 } });
    const rest = await cursor.toArray();
    expect(first?._id).toBe(0);
    expect(rest.length).toBe(48);
    const left = items.find({}, { session: s, batchSize: 2 });
    await left.next();
    await s.commitTransaction();
    await expect(left.toArray()).rejects.toMatchObject({ code: 43 });
  });
  expect(await items.countDocuments()).toBe(30);
});

test('after kill -9 a commit that was acknowledged is there, and one that was not may start again', async () => {
  const dataDir = directory();
  const first = await startProcess(dataDir, cleanups);
  const s = session(await connect(first.port));
  await s.begin(1, insert(1));
  await s.inside(1, insert(2));
  expect(await s.commit(1)).toEqual({ ok: 1 });
  const other = session(await connect(first.port));
  await other.begin(1, insert(3));
  await kill(first.child, 'SIGKILL');
  const second = await startProcess(dataDir, cleanups);
  const again = await connect(second.port);
  expect(await second.client.db('test').collection('items').distinct('_id')).toEqual([1, 2]);
  s.use(again);
  other.use(again);
  expect(await s.commit(1)).toEqual({ ok: 1 });
  expect(await s.inside(1, find)).toMatchObject({ code: 256 });
  expect(await other.commit(1)).toMatchObject({ code: 251, ...TRANSIENT });
  expect(await other.begin(1, insert(3))).toMatchObject({ n: 1 });
});

interface Account {
  _id: number;
  n: number;
}
interface Transfer {
  _id: number;
  from: number;
  to: number;
}

test('kill -9 during commits loses nothing acknowledged and leaves nothing half done', async () => {
  const dataDir = directory();
  const acknowledged = new Set<number>();
  let next = 0;
  for (let round = 0; round < 3; round++) {
    const { child, client } = await startProcess(dataDir, cleanups);
    const accounts = client.db('test').collection<Account>('accounts');
    const transfers = client.db('test').collection<Transfer>('transfers');
    if (round === 0) {
      await accounts.insertMany(Array.from({ length: 10 }, (_, i) => ({ _id: i, n: 0 })));
      await transfers.createIndex({ from: 1 });
    }
    const before = acknowledged.size;
    const pay = async () => {
      for (;;) {
        const _id = next++;
        const [from, to] = [_id % 10, (_id * 3 + 1) % 10];
        await client.withSession((s) =>
          s.withTransaction(async () => {
            await accounts.updateOne({ _id: from }, { $inc: { n: -1 } }, { session: s });
            await accounts.updateOne({ _id: to }, { $inc: { n: 1 } }, { session: s });
            await transfers.insertOne({ _id, from, to }, { session: s });
          }),
        );
        acknowledged.add(_id);
      }
    };
    const payers = Promise.allSettled(Array.from({ length: 6 }, pay));
    await vi.waitUntil(() => acknowledged.size > before + 60, { timeout: 120_000 });
    await kill(child, 'SIGKILL');
    // Ends the retries of the driver, too.
    await client.close(true);
    await payers;
  }
  const { client } = await startProcess(dataDir, cleanups);
  const done = await client.db('test').collection<Transfer>('transfers').find().toArray();
  const balances = await client.db('test').collection<Account>('accounts').find().sort({ _id: 1 }).toArray();
  const expected = Array.from({ length: 10 }, () => 0);
  for (const { from, to } of done) {
    expected[from] = (expected[from] ?? 0) - 1;
    expected[to] = (expected[to] ?? 0) + 1;
  }
  expect(balances.map(({ n }) => n)).toEqual(expected);
  const stored = new Set(done.map(({ _id }) => _id));
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
});
