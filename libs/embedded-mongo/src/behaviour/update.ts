import assert from 'node:assert/strict';
import { Decimal128, Double, Int32, Long } from 'mongodb';
import type { AnyBulkWriteOperation, Document } from 'mongodb';
import { fails } from './case.ts';
import type { Case } from './case.ts';

/** What this server and MongoDB do alike: update. */
export const updateCases: Record<string, Case> = {
  async 'operators on fields'({ fresh }) {
    const c = fresh();
    await c.insertOne({ _id: 1 as never, n: 1, lo: 5, hi: 5, old: 'x', gone: 1, d: { e: 1 } });
    const { modifiedCount } = await c.updateOne(
      { _id: 1 as never },
      {
        $set: { 'd.f.g': 2 },
        $inc: { n: 2, fresh: 1 },
        $mul: { hi2: 3 },
        $min: { lo: 3 },
        $max: { hi: 9 },
        $unset: { gone: '' },
        $rename: { old: 'young' },
        $setOnInsert: { never: 1 },
        $currentDate: { at: true },
      },
    );
    assert.equal(modifiedCount, 1);
    const doc = await c.findOne({});
    assert.ok(doc?.at instanceof Date);
    delete doc.at;
    assert.deepEqual(doc, {
      _id: 1,
      n: 3,
      lo: 3,
      hi: 9,
      d: { e: 1, f: { g: 2 } },
      young: 'x',
      fresh: 1,
      hi2: 0,
    });
  },
  async 'operators on arrays'({ fresh }) {
    const c = fresh();
    await c.insertOne({ _id: 1 as never, a: [3, 1], set: [1], o: [{ k: 1 }, { k: 2 }], p: [1, 2, 3, 4] });
    await c.updateOne(
      {},
      {
        $push: { a: { $each: [2, 9], $sort: 1, $slice: -3 } as never },
        $addToSet: { set: { $each: [1, 2] } },
      },
    );
    await c.updateOne({}, { $pull: { o: { k: 1 } as never, p: { $gte: 4 } as never }, $pop: { a: 1 } });
    await c.updateOne(
      {},
      { $push: { p: { $each: [0], $position: 0 } as never }, $pullAll: { set: [1] as never } },
    );
    assert.deepEqual(await c.findOne({}), { _id: 1, a: [2, 3], set: [2], o: [{ k: 2 }], p: [0, 1, 2, 3] });
  },
  async 'positional operators and arrayFilters'({ fresh }) {
    const c = fresh();
    await c.insertOne({
      _id: 1 as never,
      g: [
        { k: 1, v: 1 },
        { k: 2, v: 2 },
        { k: 2, v: 3 },
      ],
    });
    await c.updateOne({ 'g.k': 2 }, { $set: { 'g.$.v': 20 } });
    await c.updateOne({}, { $inc: { 'g.$[].v': 1 } });
    await c.updateOne(
      {},
      { $set: { 'g.$[e].hit': true } },
      { arrayFilters: [{ 'e.k': 2, 'e.v': { $lt: 10 } }] },
    );
    assert.deepEqual((await c.findOne({}))?.g, [
      { k: 1, v: 2 },
      { k: 2, v: 21 },
      { k: 2, v: 4, hit: true },
    ]);
    await c.updateOne({ g: { $elemMatch: { k: 2, v: 4 } } }, { $set: { 'g.$.v': 40 } });
    assert.equal(((await c.findOne({}))?.g as Document[])[2]?.v, 40);
  },
  async 'replacement and counts'({ fresh }) {
    const c = fresh();
    await c.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
    ] as Document[]);
    const same = await c.updateMany({}, { $set: { c: 1 } });
    assert.deepEqual([same.matchedCount, same.modifiedCount], [2, 2]);
    const again = await c.updateMany({}, { $set: { c: 1 } });
    assert.deepEqual([again.matchedCount, again.modifiedCount], [2, 0]);
    await c.replaceOne({ _id: 1 as never }, { z: 1 });
    assert.deepEqual(await c.findOne({ _id: 1 as never }), { _id: 1, z: 1 });
  },
  async 'number types follow MongoDB: int overflows to long, double wins'({ fresh }) {
    const c = fresh();
    await c.insertOne({
      i: new Int32(2147483647),
      d: new Double(1),
      l: Long.fromNumber(1),
      m: Decimal128.fromString('0.1'),
    });
    await c.updateOne({}, { $inc: { i: 1, d: 1, l: 1, m: Decimal128.fromString('0.2') } });
    const doc = await c.findOne({}, { promoteValues: false });
    assert.ok(doc?.i instanceof Long && doc.d instanceof Double && doc.l instanceof Long);
    assert.equal(String(doc.m), '0.3');
  },
  async 'upsert takes the equalities of the filter'({ fresh }) {
    const c = fresh();
    const r = await c.updateOne(
      { k: 5, 'd.e': { $eq: 6 }, n: { $gt: 1 } },
      { $set: { v: 1 }, $setOnInsert: { s: 1 } },
      { upsert: true },
    );
    assert.equal(r.upsertedCount, 1);
    assert.deepEqual(await c.findOne({ _id: r.upsertedId as never }, { projection: { _id: 0 } }), {
      k: 5,
      d: { e: 6 },
      v: 1,
      s: 1,
    });
    const by = await c.updateOne({ _id: 'own' as never }, { $inc: { n: 1 } }, { upsert: true });
    assert.equal(by.upsertedId, 'own');
  },
  async 'an upsert takes no regular expression and no second _id; keys named like accessors stay'({ fresh }) {
    const c = fresh();
    await fails(c.replaceOne({ _id: 1 as never }, { _id: 2 }, { upsert: true }), 66);
    const made = await c.updateOne({ a: /x/ }, { $set: { b: 1 } }, { upsert: true });
    assert.deepEqual(await c.findOne({ _id: made.upsertedId as never }, { projection: { _id: 0 } }), {
      b: 1,
    });
    const odd = JSON.parse('{"_id": "odd", "__proto__": {"x": 1}, "constructor": 2}') as Document;
    await c.insertOne(odd);
    await c.updateOne({ _id: 'odd' as never }, { $set: { n: 1 } });
    const stored = await c.findOne({ _id: 'odd' as never });
    assert.deepEqual(Object.keys(stored ?? {}), ['_id', '__proto__', 'constructor', 'n']);
  },
  async 'errors: 66, 40, 9, 14, 2, 28'({ fresh }) {
    const c = fresh();
    const one = { _id: 1 as never };
    await c.insertOne({ ...one, s: 'x', n: 1 });
    await fails(c.updateOne(one, { $set: { _id: 2 } }), 66);
    await fails(c.updateOne(one, { $set: { n: 1 }, $inc: { n: 1 } }), 40);
    await fails(c.updateOne(one, { $foo: { n: 1 } }), 9);
    await fails(c.updateOne(one, { $inc: { s: 1 } }), 14);
    await fails(c.updateOne(one, { $push: { n: 1 as never } }), 2);
    await fails(c.updateOne(one, { $set: { 'n.x': 1 } }), 28);
  },
  async 'bulkWrite mixes operations and reports by index'({ fresh }) {
    const c = fresh();
    await c.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
    ] as Document[]);
    const operations = [
      { insertOne: { document: { _id: 3, a: 3 } } },
      { updateOne: { filter: { a: 50 }, update: { $set: { b: 1 } }, upsert: true } },
      { updateMany: { filter: { a: { $gte: 2 } }, update: { $inc: { a: 100 } } } },
      { replaceOne: { filter: { _id: 'r' }, replacement: { z: 1 }, upsert: true } },
      { deleteOne: { filter: { _id: 1 } } },
    ] as unknown as AnyBulkWriteOperation<Document>[];
    const r = await c.bulkWrite(operations);
    // The document of the first upsert has a = 50 and is met by the updateMany.
    assert.deepEqual([r.insertedCount, r.upsertedCount, r.modifiedCount, r.deletedCount], [1, 2, 3, 1]);
    assert.deepEqual(Object.keys(r.upsertedIds), ['1', '3']);
  },
};
