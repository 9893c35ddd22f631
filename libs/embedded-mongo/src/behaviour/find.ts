import assert from 'node:assert/strict';
import { Long } from 'mongodb';
import type { Document } from 'mongodb';
import { fails, ids, numbers } from './case.ts';
import type { Case } from './case.ts';

/** What this server and MongoDB do alike: find. */
export const findCases: Record<string, Case> = {
  async 'sort, skip, limit and projections'({ fresh }) {
    const c = fresh();
    await c.insertMany(
      numbers(50).map((i) => ({
        _id: i,
        a: i % 5,
        b: i,
        l: [i, i + 1, i + 2],
        d: { x: i, y: 1 },
      })) as Document[],
    );
    const page = await c
      .find({ a: { $in: [1, 3] } })
      .sort({ a: -1, b: 1 })
      .skip(2)
      .limit(3)
      .project({ b: 1, _id: 0 })
      .toArray();
    assert.deepEqual(page, [{ b: 13 }, { b: 18 }, { b: 23 }]);
    const one = { _id: 7 as never };
    assert.deepEqual(await c.findOne(one, { projection: { 'd.x': 1 } }), { _id: 7, d: { x: 7 } });
    assert.deepEqual(await c.findOne(one, { projection: { l: { $slice: -1 }, d: 0 } }), {
      _id: 7,
      a: 2,
      b: 7,
      l: [9],
    });
    assert.deepEqual(await c.findOne(one, { projection: { l: { $elemMatch: { $gt: 7 } } } }), {
      _id: 7,
      l: [8],
    });
    assert.deepEqual(await c.findOne({ ...one, l: 8 }, { projection: { 'l.$': 1 } }), { _id: 7, l: [8] });
    assert.deepEqual(await c.findOne(one, { projection: { s: { $cmp: ['$a', '$b'] } } }), { _id: 7, s: -1 });
  },
  async operators({ fresh }) {
    const c = fresh();
    await c.insertMany([
      { _id: 1, s: 'Alpha', n: 1, l: [1, 2], o: [{ a: 1, b: 2 }] },
      {
        _id: 2,
        s: 'beta',
        n: 2,
        l: [2, 3],
        o: [
          { a: 1, b: 3 },
          { a: 2, b: 2 },
        ],
      },
      { _id: 3, s: 'Gamma', n: 3, l: [], z: null },
      { _id: 4, n: '4' },
    ] as Document[]);
    const found = async (filter: Document) => ids(await c.find(filter).sort({ _id: 1 }).toArray());
    assert.deepEqual(await found({ s: /^al/i }), [1]);
    assert.deepEqual(await found({ s: { $in: [/^b/, 'Gamma'] } }), [2, 3]);
    assert.deepEqual(await found({ n: { $nin: [1, 2] } }), [3, 4]);
    assert.deepEqual(await found({ n: { $not: { $gt: 1 } } }), [1, 4]);
    assert.deepEqual(await found({ $nor: [{ n: 1 }, { n: 2 }] }), [3, 4]);
    assert.deepEqual(await found({ s: { $exists: false } }), [4]);
    assert.deepEqual(await found({ n: { $type: 'int' } }), [1, 2, 3]);
    assert.deepEqual(await found({ o: { $elemMatch: { a: 1, b: 2 } } }), [1]);
    assert.deepEqual(await found({ 'o.a': 1, 'o.b': 2 }), [1, 2]);
    assert.deepEqual(await found({ l: { $all: [2, 3] } }), [2]);
    assert.deepEqual(await found({ l: { $size: 0 } }), [3]);
    assert.deepEqual(await found({ z: null }), [1, 2, 3, 4]);
    assert.deepEqual(await found({ n: { $mod: [2, 0] } }), [2]);
    assert.deepEqual(await found({ $expr: { $gt: ['$n', '$_id'] } }), [4]);
    await fails(c.find({ n: { $foo: 1 } }).toArray(), 2);
    await fails(c.find({ n: { $not: {} } }).toArray(), 2);
    await fails(c.find({ $and: [] }).toArray(), 2);
    await fails(c.deleteMany({ $and: [] }), 2);
    await fails(c.find({ $nope: 1 } as never).toArray(), 2);
    await fails(c.find({ n: { $mod: [0, 1] } }).toArray(), 2);
  },
  async '$elemMatch takes elements as they are, with and without an index'({ fresh }) {
    const c = fresh();
    await c.insertMany([
      { _id: 1, a: [3] },
      { _id: 2, a: [[3]] },
      { _id: 3, a: 3 },
      { _id: 4, a: [1, [5]] },
    ] as Document[]);
    for (const index of [false, true]) {
      if (index) await c.createIndex({ a: 1 });
      assert.deepEqual(ids(await c.find({ a: { $elemMatch: { $gt: 2 } } }).toArray()), [1]);
      assert.deepEqual(
        ids(
          await c
            .find({ a: { $elemMatch: { $not: { $lt: 2 } } } })
            .sort({ _id: 1 })
            .toArray(),
        ),
        [1, 2, 4],
      );
    }
  },
  async 'a cursor over 10,000 documents, in batches, while they are updated'({ fresh }) {
    const c = fresh();
    await c.insertMany(numbers(10_000).map((i) => ({ _id: i, a: i % 7 })) as Document[]);
    let seen = 0;
    for await (const doc of c.find({}, { batchSize: 500 }).sort({ _id: 1 })) {
      assert.equal(doc._id, seen++);
      if (seen % 1000 === 0) await c.updateOne({ _id: doc._id }, { $set: { b: 1 } });
    }
    assert.equal(seen, 10_000);
    assert.equal((await c.find({ a: 3 }, { batchSize: 100 }).sort({ a: 1, _id: -1 }).toArray()).length, 1429);
  },
  async 'a killed cursor is gone (43)'({ db, fresh }) {
    const c = fresh();
    await fails(db.command({ getMore: Long.fromNumber(12345), collection: c.collectionName }), 43);
  },
  async 'sort follows the BSON order of types'({ fresh }) {
    const c = fresh();
    await c.insertMany([
      { _id: 1, v: 'a' },
      { _id: 2, v: 5 },
      { _id: 3 },
      { _id: 5, v: { x: 1 } },
      { _id: 6, v: [3] },
      { _id: 7, v: new Date(0) },
      { _id: 8, v: true },
    ] as Document[]);
    const forward = ids(await c.find().sort({ v: 1, _id: 1 }).toArray());
    assert.deepEqual(forward, [3, 6, 2, 1, 5, 8, 7]);
    await c.createIndex({ v: 1, _id: 1 });
    assert.deepEqual(ids(await c.find().sort({ v: 1, _id: 1 }).toArray()), forward);
  },
};
