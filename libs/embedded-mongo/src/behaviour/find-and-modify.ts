import assert from 'node:assert/strict';
import { Long } from 'mongodb';
import type { Document } from 'mongodb';
import { ids, numbers } from './case.ts';
import type { Case } from './case.ts';

/** What this server and MongoDB do alike: find-and-modify. */
export const modifyCases: Record<string, Case> = {
  async 'findOneAndUpdate, findOneAndReplace, findOneAndDelete'({ fresh }) {
    const c = fresh();
    await c.insertMany([
      { _id: 1, p: 1 },
      { _id: 2, p: 9 },
      { _id: 3, p: 5 },
    ] as Document[]);
    const after = await c.findOneAndUpdate(
      {},
      { $inc: { v: 1 } },
      { sort: { p: -1 }, returnDocument: 'after' },
    );
    assert.deepEqual(after, { _id: 2, p: 9, v: 1 });
    const before = await c.findOneAndUpdate({ p: 5 }, { $set: { p: 6 } }, { projection: { p: 1, _id: 0 } });
    assert.deepEqual(before, { p: 5 });
    assert.equal(await c.findOneAndUpdate({ p: 77 }, { $set: { p: 6 } }), null);
    const up = await c.findOneAndUpdate(
      { k: 'a' },
      { $set: { v: 1 } },
      { upsert: true, includeResultMetadata: true },
    );
    assert.equal(up.lastErrorObject?.updatedExisting, false);
    assert.deepEqual(await c.findOneAndReplace({ _id: 1 as never }, { b: 5 }, { returnDocument: 'after' }), {
      _id: 1,
      b: 5,
    });
    assert.deepEqual(await c.findOneAndDelete({ _id: 3 as never }), { _id: 3, p: 6 });
  },
  async '100 concurrent claims of 60 documents: each is handed out once'({ fresh }) {
    const c = fresh();
    await c.insertMany(numbers(60).map((i) => ({ _id: i, state: 'free', rank: (i * 7) % 60 })) as Document[]);
    await c.createIndex({ state: 1, rank: 1 });
    const claim = (i: number) =>
      c.findOneAndUpdate({ state: 'free' }, { $set: { state: 'taken', by: i } }, { sort: { rank: 1 } });
    const got = (await Promise.all(numbers(100).map(claim))).filter((doc) => doc !== null);
    assert.equal(got.length, 60);
    assert.equal(new Set(ids(got)).size, 60);
  },
  async 'a write that is sent twice is done once'({ db, fresh }) {
    const c = fresh();
    await c.insertOne({ _id: 1 as never, n: 0 });
    await db.client.withSession(async (session) => {
      const command = {
        update: c.collectionName,
        updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }],
        txnNumber: Long.fromNumber(++session.serverSession.txnNumber),
      };
      const first = await db.command(command, { session });
      const second = await db.command(command, { session });
      assert.deepEqual([first.nModified, second.nModified], [1, 1]);
    });
    assert.equal((await c.findOne({}))?.n, 1);
  },
};
