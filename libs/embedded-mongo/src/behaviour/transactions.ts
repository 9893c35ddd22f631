import assert from 'node:assert/strict';
import { MongoServerError } from 'mongodb';
import type { ClientSession, Document } from 'mongodb';
import { fails, ids, numbers } from './case.ts';
import type { Bench, Case } from './case.ts';

const TRANSIENT = 'TransientTransactionError';

async function withSession(db: Bench['db'], run: (session: ClientSession) => Promise<void>): Promise<void> {
  await db.client.withSession(run);
}

/** Expects a write conflict, now or at the commit. */
async function conflicts(run: () => Promise<unknown>): Promise<void> {
  const error: unknown = await run().then(
    () => new Error('no conflict'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof MongoServerError)) throw error;
  assert.ok(error.hasErrorLabel(TRANSIENT), `${error.code}: ${error.message}`);
}

/** Cases on which this server and MongoDB agree: transactions of several documents. */
export const transactionCases: Record<string, Case> = {
  async 'a transaction reads its own writes, others see them after the commit'({ db, fresh }) {
    const c = fresh();
    await c.createIndex({ group: 1, rank: -1 });
    await c.insertMany(numbers(6).map((i) => ({ _id: i, group: i % 2, rank: i, n: 0 })) as Document[]);
    await withSession(db, async (session) => {
      session.startTransaction();
      await c.updateOne({ _id: 1 as never }, { $set: { rank: 9, n: 1 } }, { session });
      await c.insertOne({ _id: 7 as never, group: 1, rank: 4, n: 0 }, { session });
      await c.deleteOne({ _id: 3 as never }, { session });
      const moved = await c.findOneAndUpdate(
        { group: 1, rank: { $lt: 5 } },
        { $set: { group: 2 } },
        { sort: { rank: -1 }, session, returnDocument: 'after' },
      );
      assert.equal(moved?._id, 7);
      assert.equal((await c.updateMany({ group: 0 }, { $inc: { n: 1 } }, { session })).modifiedCount, 3);
      const inside = c.find({ group: { $in: [1, 2] } }, { session }).sort({ group: 1, rank: -1 });
      assert.deepEqual(ids(await inside.toArray()), [1, 5, 7]);
      assert.equal(await c.countDocuments({}, { session }), 6);
      assert.equal(await c.countDocuments({ group: 1 }, { session }), 2);
      assert.deepEqual((await c.distinct('group', {}, { session })).sort(), [0, 1, 2]);
      const sums = await c.aggregate([{ $group: { _id: null, n: { $sum: '$n' } } }], { session }).toArray();
      assert.equal(sums[0]?.n, 4);
      assert.deepEqual(ids(await c.find({ group: 1 }).sort({ rank: -1 }).toArray()), [5, 3, 1]);
      assert.equal(await c.countDocuments({ n: { $gt: 0 } }), 0);
      await session.commitTransaction();
    });
    assert.deepEqual(ids(await c.find({ group: 1 }).sort({ rank: -1 }).toArray()), [1, 5]);
    assert.equal(await c.countDocuments({ n: { $gt: 0 } }), 4);
    assert.equal(await c.countDocuments(), 6);
  },
  async 'an aborted transaction leaves nothing behind'({ db, fresh }) {
    const c = fresh();
    await c.createIndex({ k: 1 }, { unique: true });
    await c.insertOne({ _id: 1 as never, k: 'a' });
    await withSession(db, async (session) => {
      session.startTransaction();
      await c.insertOne({ _id: 2 as never, k: 'b' }, { session });
      await c.updateOne({ _id: 1 as never }, { $set: { k: 'c' } }, { session });
      await session.abortTransaction();
    });
    await c.insertOne({ _id: 3 as never, k: 'b' });
    assert.deepEqual(await c.find().sort({ _id: 1 }).toArray(), [
      { _id: 1, k: 'a' },
      { _id: 3, k: 'b' },
    ]);
  },
  async 'of two transactions that write one document the second conflicts'({ db, fresh }) {
    const c = fresh();
    await c.insertOne({ _id: 1 as never, n: 0 });
    await withSession(db, async (session) => {
      session.startTransaction();
      assert.equal((await c.findOne({ _id: 1 as never }, { session }))?.n, 0);
      await c.updateOne({ _id: 1 as never }, { $inc: { n: 1 } });
      await conflicts(async () => {
        await c.updateOne({ _id: 1 as never }, { $inc: { n: 10 } }, { session });
        await session.commitTransaction();
      });
      if (session.inTransaction()) await session.abortTransaction();
    });
    assert.equal((await c.findOne({ _id: 1 as never }))?.n, 1);
  },
  async 'a read sees one point in time'({ db, fresh }) {
    const c = fresh();
    await c.insertMany([
      { _id: 1, n: 5 },
      { _id: 2, n: 5 },
    ] as Document[]);
    await withSession(db, async (session) => {
      session.startTransaction({ readConcern: { level: 'snapshot' } });
      assert.equal((await c.findOne({ _id: 1 as never }, { session }))?.n, 5);
      await c.updateMany({}, { $inc: { n: 1 } });
      await c.insertOne({ _id: 3 as never, n: 1 });
      assert.deepEqual(
        (await c.find({}, { session }).sort({ _id: 1 }).toArray()).map(({ n }) => n as number),
        [5, 5],
      );
      await session.commitTransaction();
    });
    assert.equal(await c.countDocuments(), 3);
  },
  async 'an error ends the transaction'({ db, fresh }) {
    const c = fresh();
    await c.insertOne({ _id: 1 as never });
    await withSession(db, async (session) => {
      session.startTransaction();
      await c.insertOne({ _id: 2 as never }, { session });
      await fails(c.insertOne({ _id: 1 as never }, { session }), 11000);
      const error = await fails(c.findOne({}, { session }), 251);
      assert.ok(error.hasErrorLabel(TRANSIENT));
      await session.abortTransaction();
    });
    assert.equal(await c.countDocuments(), 1);
  },
  async 'a unique value that others took first is a conflict or a duplicate'({ db, fresh }) {
    const c = fresh();
    await c.createIndex({ k: 1 }, { unique: true });
    await withSession(db, async (session) => {
      session.startTransaction();
      assert.equal(await c.findOne({}, { session }), null);
      await c.insertOne({ k: 1 });
      const error: unknown = await c
        .insertOne({ k: 1 }, { session })
        .then(() => session.commitTransaction())
        .catch((reason: unknown) => reason);
      assert.ok(error instanceof MongoServerError);
      assert.ok(error.code === 11000 || error.hasErrorLabel(TRANSIENT), error.message);
      if (session.inTransaction()) await session.abortTransaction();
    });
    assert.equal(await c.countDocuments(), 1);
  },
  async 'a collection may come into being inside'({ db, fresh }) {
    const [a, b] = [fresh(), fresh()];
    await withSession(db, (session) =>
      session.withTransaction(async () => {
        await a.insertOne({ _id: 1 as never }, { session });
        await b.updateOne({ _id: 1 as never }, { $set: { n: 1 } }, { upsert: true, session });
      }),
    );
    assert.deepEqual([await a.countDocuments(), await b.countDocuments({ n: 1 })], [1, 1]);
  },
  async 'a commit may be sent again'({ db, fresh }) {
    const c = fresh();
    await c.insertOne({ _id: 1 as never, n: 0 });
    await withSession(db, async (session) => {
      session.startTransaction();
      await c.updateOne({ _id: 1 as never }, { $inc: { n: 1 } }, { session });
      await session.commitTransaction();
      await session.commitTransaction();
    });
    assert.equal((await c.findOne({}))?.n, 1);
  },
  async '32 clients that begin with the same document all get their turn'({ db, fresh }) {
    const [wallets, leases] = [fresh(), fresh()];
    await wallets.insertOne({ _id: 1 as never, credit: 20 });
    const lease = () =>
      db.client.withSession((session) =>
        session.withTransaction(async () => {
          const paid = { _id: 1 as never, credit: { $gte: 1 } };
          const { modifiedCount } = await wallets.updateOne(paid, { $inc: { credit: -1 } }, { session });
          if (modifiedCount === 1) await leases.insertOne({ wallet: 1 }, { session });
          return modifiedCount;
        }),
      );
    const got = await Promise.all(numbers(32).map(lease));
    assert.equal(got.filter((n) => n === 1).length, 20);
    assert.deepEqual([await leases.countDocuments(), (await wallets.findOne())?.credit], [20, 0]);
  },
  async 'every read sees the same sum while 32 clients transfer'({ db, fresh }) {
    const c = fresh();
    const accounts = 24;
    await c.insertMany(numbers(accounts).map((i) => ({ _id: i, n: 100 })) as Document[]);
    let open = true;
    const seen = new Set<number>();
    const reader = async () => {
      while (open) {
        const [sum] = await c.aggregate([{ $group: { _id: null, n: { $sum: '$n' } } }]).toArray();
        seen.add(sum?.n as number);
      }
    };
    const transfer = (i: number) =>
      withSession(db, (session) =>
        session.withTransaction(async () => {
          const [from, to] = [i % accounts, (i * 5 + 1 + (i % 3)) % accounts];
          const taken = await c.updateOne(
            { _id: from as never, n: { $gte: 7 } },
            { $inc: { n: -7 } },
            { session },
          );
          if (taken.modifiedCount === 1)
            await c.updateOne({ _id: to as never }, { $inc: { n: 7 } }, { session });
        }),
      );
    const reading = reader();
    let next = 0;
    const client = async () => {
      while (next < 80) await transfer(next++);
    };
    await Promise.all(numbers(32).map(client));
    open = false;
    await reading;
    assert.deepEqual([...seen], [accounts * 100]);
  },
};
