import assert from 'node:assert/strict';
import { Decimal128, Double, Int32, Long, MongoBulkWriteError, MongoServerError, ObjectId } from 'mongodb';
import type { AnyBulkWriteOperation, Collection, Db, Document } from 'mongodb';

/** What one case works on: a database of its own collections. */
export interface Bench {
  db: Db;
  /** A collection that no other case uses. */
  fresh: () => Collection<Document>;
}

export type Case = (bench: Bench) => Promise<void>;

const ids = (docs: Document[]) => docs.map(({ _id }) => _id as unknown);
const numbers = (length: number) => Array.from({ length }, (_, i) => i);

async function fails(promise: Promise<unknown>, code: number): Promise<MongoServerError> {
  const error: unknown = await promise.then(
    () => new Error(`no error, ${code} expected`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof MongoServerError)) throw error;
  assert.equal(error.code, code, error.message);
  return error;
}

const insertCases: Record<string, Case> = {
  async 'insert keeps every BSON type and puts _id first'({ fresh }) {
    const c = fresh();
    const doc = {
      i: new Int32(1),
      d: new Double(1),
      l: Long.fromString('9007199254740993'),
      m: Decimal128.fromString('1.10'),
      at: new Date(5),
      n: null,
      a: [1, [2, { x: [] }]],
      s: 'ü€😀',
    };
    const { insertedId } = await c.insertOne({ ...doc, _id: new ObjectId() });
    const got = await c.findOne({ _id: insertedId }, { promoteValues: false });
    assert.deepEqual(Object.keys(got ?? {}), ['_id', ...Object.keys(doc)]);
    await c.updateOne({ _id: insertedId }, { $set: { other: 1 } });
    const after = await c.findOne({ _id: insertedId }, { promoteValues: false });
    assert.ok(after?.d instanceof Double && after.i instanceof Int32 && after.l instanceof Long);
    assert.equal(String(after.l), '9007199254740993');
    assert.equal(String(after.m), '1.10');
  },
  async 'ordered inserts stop at the first error, unordered ones go on'({ fresh }) {
    const c = fresh();
    const docs = [{ _id: 1 }, { _id: 1 }, { _id: 2 }] as Document[];
    const ordered = await fails(c.insertMany(docs), 11000);
    assert.ok(ordered instanceof MongoBulkWriteError && ordered.insertedCount === 1);
    const unordered = await fails(c.insertMany(docs, { ordered: false }), 11000);
    assert.ok(unordered instanceof MongoBulkWriteError);
    assert.deepEqual(ids(await c.find().sort({ _id: 1 }).toArray()), [1, 2]);
  },
};

const updateCases: Record<string, Case> = {
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
  async 'pipelines, replacement and counts'({ fresh }) {
    const c = fresh();
    await c.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
    ] as Document[]);
    await c.updateMany({}, [{ $set: { b: { $add: ['$a', 1] } } }, { $unset: 'a' }]);
    assert.deepEqual(await c.find().toArray(), [
      { _id: 1, b: 2 },
      { _id: 2, b: 3 },
    ]);
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

const findCases: Record<string, Case> = {
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
    assert.deepEqual(await c.findOne(one, { projection: { s: { $add: ['$a', '$b'] } } }), { _id: 7, s: 9 });
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

const modifyCases: Record<string, Case> = {
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
        txnNumber: Long.fromNumber(500),
      };
      const first = await db.command(command, { session });
      const second = await db.command(command, { session });
      assert.deepEqual([first.nModified, second.nModified], [1, 1]);
    });
    assert.equal((await c.findOne({}))?.n, 1);
  },
};

const aggregateCases: Record<string, Case> = {
  async '$match, $group, $sort, $project'({ fresh }) {
    const c = fresh();
    await c.insertMany(numbers(60).map((i) => ({ _id: i, g: i % 3, v: i })) as Document[]);
    const result = await c
      .aggregate([
        { $match: { v: { $gte: 10 } } },
        {
          $group: {
            _id: '$g',
            n: { $sum: 1 },
            total: { $sum: '$v' },
            max: { $max: '$v' },
            avg: { $avg: '$v' },
            first: { $first: '$v' },
          },
        },
        { $sort: { total: -1 } },
        { $project: { n: 1, total: 1, max: 1, big: { $gt: ['$avg', 34] } } },
        { $limit: 2 },
      ])
      .toArray();
    assert.deepEqual(result, [
      { _id: 2, n: 17, total: 595, max: 59, big: true },
      { _id: 1, n: 17, total: 578, max: 58, big: false },
    ]);
  },
  async '$facet, $unwind, $lookup, $count, $bucket, $replaceRoot'({ fresh }) {
    const a = fresh();
    const b = fresh();
    await a.insertMany([
      { _id: 1, ref: ['x'], n: 1 },
      { _id: 2, ref: ['y', 'x'], n: 2 },
      { _id: 3, n: 3 },
    ] as Document[]);
    await b.insertMany([
      { _id: 'x', v: 10 },
      { _id: 'y', v: 20 },
    ] as Document[]);
    const [facets] = await a
      .aggregate([
        {
          $facet: {
            all: [{ $count: 'n' }],
            page: [{ $sort: { n: -1 } }, { $limit: 1 }, { $project: { n: 1 } }],
          },
        },
      ])
      .toArray();
    assert.deepEqual(facets, { all: [{ n: 3 }], page: [{ _id: 3, n: 3 }] });
    const joined = await a
      .aggregate([
        { $lookup: { from: b.collectionName, localField: 'ref', foreignField: '_id', as: 'j' } },
        { $sort: { _id: 1 } },
        { $project: { v: '$j.v' } },
      ])
      .toArray();
    assert.deepEqual(joined, [
      { _id: 1, v: [10] },
      { _id: 2, v: [10, 20] },
      { _id: 3, v: [] },
    ]);
    const piped = await a
      .aggregate([
        { $unwind: '$ref' },
        {
          $lookup: {
            from: b.collectionName,
            let: { r: '$ref' },
            pipeline: [{ $match: { $expr: { $eq: ['$_id', '$$r'] } } }],
            as: 'j',
          },
        },
        { $sort: { _id: 1, ref: 1 } },
        { $replaceRoot: { newRoot: { ref: '$ref', v: { $first: '$j.v' } } } },
      ])
      .toArray();
    assert.deepEqual(piped, [
      { ref: 'x', v: 10 },
      { ref: 'x', v: 10 },
      { ref: 'y', v: 20 },
    ]);
    const buckets = await a.aggregate([{ $bucket: { groupBy: '$n', boundaries: [0, 2, 5] } }]).toArray();
    assert.deepEqual(buckets, [
      { _id: 0, count: 1 },
      { _id: 2, count: 2 },
    ]);
    await fails(a.aggregate([{ $nope: 1 }]).toArray(), 40324);
  },
  async 'count and distinct'({ fresh }) {
    const c = fresh();
    await c.insertMany(numbers(50).map((i) => ({ a: i % 5, l: [i % 3, 'x'] })));
    assert.equal(await c.countDocuments({ a: { $lt: 2 } }), 20);
    assert.equal(await c.countDocuments({}, { skip: 10, limit: 15 }), 15);
    assert.equal(await c.countDocuments({ a: 77 }), 0);
    assert.equal(await c.estimatedDocumentCount(), 50);
    assert.deepEqual((await c.distinct('a')).sort(), [0, 1, 2, 3, 4]);
    assert.equal((await c.distinct('l', { a: 1 })).length, 4);
  },
};

const indexCases: Record<string, Case> = {
  async 'unique: 11000 with key and value; also compound, dotted and by update'({ fresh }) {
    const c = fresh();
    await c.createIndex({ 'p.a': 1, b: -1 }, { unique: true });
    await c.insertMany([
      { _id: 1, p: { a: 1 }, b: 1 },
      { _id: 2, p: { a: 1 }, b: 2 },
    ] as Document[]);
    const error = await fails(c.updateOne({ _id: 2 as never }, { $set: { b: 1 } }), 11000);
    assert.deepEqual(
      [error.keyPattern, error.keyValue],
      [
        { 'p.a': 1, b: -1 },
        { 'p.a': 1, b: 1 },
      ],
    );
    assert.match(
      error.message,
      /^E11000 duplicate key error collection: \S+ index: p.a_1_b_-1 dup key: \{ p.a: 1, b: 1 \}/,
    );
    await fails(c.findOneAndUpdate({ _id: 2 as never }, { $set: { b: 1 } }), 11000);
  },
  async 'sparse and partial unique indexes let other documents through'({ fresh }) {
    const c = fresh();
    await c.createIndex({ s: 1 }, { unique: true, sparse: true });
    await c.createIndex({ k: 1 }, { unique: true, partialFilterExpression: { active: true } });
    await c.insertMany([{ k: 1, active: true }, { k: 1, active: false }, { k: 1 }, {}]);
    await fails(c.insertOne({ k: 1, active: true }), 11000);
    await c.insertOne({ s: 1, k: 2 });
    await fails(c.insertOne({ s: 1, k: 3 }), 11000);
    assert.equal(await c.countDocuments({ k: 1 }), 3);
  },
  async 'multikey: elements are keys, parallel arrays are refused (171)'({ fresh }) {
    const c = fresh();
    await c.createIndex({ t: 1, u: 1 });
    await c.createIndex({ w: 1 }, { unique: true, sparse: true });
    await c.insertOne({ _id: 1 as never, t: ['a', 'b'], u: 1, w: [1, 2] });
    assert.equal(await c.countDocuments({ t: 'b', u: 1 }), 1);
    assert.equal((await c.find({ t: { $gte: 'a' } }).toArray()).length, 1);
    await fails(c.insertOne({ t: [1], u: [2] }), 171);
    await fails(c.insertOne({ w: [2, 3] }), 11000);
  },
  async 'building over duplicates leaves no index; conflicts are 85 and 86'({ fresh }) {
    const c = fresh();
    await c.insertMany([{ a: 1 }, { a: 1 }]);
    await fails(c.createIndex({ a: 1 }, { unique: true }), 11000);
    assert.equal((await c.indexes()).length, 1);
    await c.createIndex({ a: 1 });
    await fails(c.createIndex({ a: 1 }, { name: 'other' }), 85);
    await fails(c.createIndex({ b: 1 }, { name: 'a_1' }), 86);
    await fails(c.dropIndex('none'), 27);
    await c.dropIndex('a_1');
    assert.equal((await c.indexes()).length, 1);
  },
  async 'a hint names an index or is an error (2)'({ fresh }) {
    const c = fresh();
    await c.insertMany([{ a: 1 }, { a: 2 }]);
    await c.createIndex({ a: 1 });
    assert.equal((await c.find({ a: 1 }, { hint: { a: 1 } }).toArray()).length, 1);
    await fails(c.find({ a: 1 }, { hint: 'none' }).toArray(), 2);
  },
  async 'collections are listed, renamed and dropped'({ db, fresh }) {
    const c = fresh();
    await c.insertOne({ a: 1 });
    const renamed = await c.rename(`${c.collectionName}-renamed`);
    const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    assert.ok(names.includes(renamed.collectionName) && !names.includes(c.collectionName));
    assert.equal(await renamed.countDocuments(), 1);
    assert.equal(await renamed.drop(), true);
    await fails(db.command({ nope: 1 }), 59);
  },
};

/** The table of behaviour, for this server and for any other that claims to be MongoDB. */
export const BEHAVIOUR: Record<string, Record<string, Case>> = {
  insert: insertCases,
  update: updateCases,
  find: findCases,
  'findAndModify and retries': modifyCases,
  aggregate: aggregateCases,
  'indexes and collections': indexCases,
};
