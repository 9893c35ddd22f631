import assert from 'node:assert/strict';
import { Decimal128, Double, Int32, Long } from 'mongodb';
import type { Document } from 'mongodb';
import { fails, ids, numbers } from './case.ts';
import type { Case } from './case.ts';

/** What this server and MongoDB do alike: aggregate. */
export const aggregateCases: Record<string, Case> = {
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
  async '$unwind, $count, $skip, $limit, a second $match and $sort'({ fresh }) {
    const c = fresh();
    await c.insertMany([
      { _id: 1, ref: ['x'], n: 1 },
      { _id: 2, ref: ['y', 'x'], n: 2 },
      { _id: 3, n: 3 },
      { _id: 4, ref: [], n: 4 },
      { _id: 5, ref: 'z', n: 5 },
    ] as Document[]);
    const unwound = await c
      .aggregate([{ $unwind: '$ref' }, { $match: { ref: { $ne: 'q' } } }, { $sort: { ref: -1, _id: 1 } }])
      .toArray();
    assert.deepEqual(
      unwound.map(({ _id, ref }) => [_id, ref] as unknown),
      [
        [5, 'z'],
        [2, 'y'],
        [1, 'x'],
        [2, 'x'],
      ],
    );
    assert.deepEqual(await c.aggregate([{ $unwind: '$ref' }, { $count: 'n' }]).toArray(), [{ n: 4 }]);
    const pages = c.aggregate([
      { $group: { _id: '$n' } },
      { $sort: { _id: 1 } },
      { $skip: 1 },
      { $limit: 2 },
      { $limit: 7 },
    ]);
    assert.deepEqual(ids(await pages.toArray()), [2, 3]);
  },
  async 'sums keep the widest type; an int that overflows is a long'({ fresh }) {
    const c = fresh();
    await c.insertMany([
      { g: 'int', v: new Int32(3) },
      { g: 'int', v: new Int32(4) },
      { g: 'over', v: new Int32(2147483647) },
      { g: 'over', v: new Int32(1) },
      { g: 'long', v: Long.fromString('9007199254740993') },
      { g: 'long', v: new Int32(1) },
      { g: 'double', v: new Double(1) },
      { g: 'double', v: new Int32(1) },
      { g: 'decimal', v: Decimal128.fromString('9.50') },
      { g: 'decimal', v: new Int32(1) },
      { g: 'none', v: 'x' },
    ]);
    const sums = await c
      .aggregate([{ $group: { _id: '$g', s: { $sum: '$v' } } }], { promoteValues: false })
      .toArray();
    const byGroup = Object.fromEntries(
      sums.map(({ _id, s }) => [String(_id), [(s as { _bsontype: string })._bsontype, String(s)]]),
    );
    assert.deepEqual(byGroup, {
      int: ['Int32', '7'],
      over: ['Long', '2147483648'],
      long: ['Long', '9007199254740994'],
      double: ['Double', '2'],
      decimal: ['Decimal128', '10.50'],
      none: ['Int32', '0'],
    });
  },
  async 'missing fields stay missing, null groups with them, _id comes first'({ fresh }) {
    const c = fresh();
    await c.insertMany([
      { _id: 1, a: { b: 1 }, l: [{ k: 1 }, { k: 2 }, {}] },
      { _id: 2, a: null },
      { _id: 3 },
    ] as Document[]);
    const projected = await c
      .aggregate([
        { $sort: { _id: 1 } },
        { $project: { b: '$a.b', ks: '$l.k', c: { d: '$a.b' }, x: 'text' } },
      ])
      .toArray();
    assert.deepEqual(projected, [
      { _id: 1, b: 1, ks: [1, 2], c: { d: 1 }, x: 'text' },
      { _id: 2, c: {}, x: 'text' },
      { _id: 3, c: {}, x: 'text' },
    ]);
    const renamed = await c
      .aggregate([{ $match: { _id: 1 } }, { $project: { _id: '$a.b', a: 1 } }])
      .toArray();
    assert.equal(JSON.stringify(renamed), '[{"_id":1,"a":{"b":1}}]');
    const groups = await c
      .aggregate([
        { $sort: { _id: 1 } },
        {
          $group: {
            _id: '$a',
            n: { $sum: 1 },
            all: { $push: '$a.b' },
            least: { $min: '$none' },
          },
        },
        { $sort: { n: 1 } },
      ])
      .toArray();
    assert.deepEqual(groups, [
      { _id: { b: 1 }, n: 1, all: [1], least: null },
      { _id: null, n: 2, all: [], least: null },
    ]);
  },
  async 'expressions: comparisons, conditions, variables'({ fresh }) {
    const c = fresh();
    await c.insertMany([
      { _id: 1, a: 1, b: 2, l: [1, 2] },
      { _id: 2, a: 3, b: 3, l: [] },
      { _id: 3, a: 'x', l: [1] },
    ] as Document[]);
    const found = async (expr: Document, variables: Document = {}) =>
      ids(await c.find({ $expr: expr }, { let: variables }).sort({ _id: 1 }).toArray());
    assert.deepEqual(await found({ $lt: ['$a', '$b'] }), [1]);
    assert.deepEqual(await found({ $eq: ['$a', '$b'] }), [2]);
    assert.deepEqual(await found({ $gt: ['$a', '$b'] }), [3]);
    assert.deepEqual(await found({ $and: [{ $gte: ['$a', 1] }, { $not: [{ $eq: ['$a', 'x'] }] }] }), [1, 2]);
    assert.deepEqual(await found({ $or: [{ $eq: ['$a', 1] }, { $ne: [{ $size: '$l' }, 1] }] }), [1, 2]);
    assert.deepEqual(await found({ $eq: ['$a', '$$v'] }, { v: { $cond: [true, 3, 4] } }), [2]);
    assert.deepEqual(await found({ $eq: [{ $ifNull: ['$b', 'none'] }, 'none'] }), [3]);
    assert.deepEqual(await found({ $eq: ['$a', { $literal: 1 }] }), [1]);
    const kinds = await c
      .aggregate([
        { $sort: { _id: 1 } },
        {
          $project: {
            _id: 0,
            kind: { $cond: { if: { $gt: ['$b', 2] }, then: 'big', else: '$$REMOVE' } },
            order: { $cmp: ['$a', 3] },
          },
        },
      ])
      .toArray();
    assert.deepEqual(kinds, [{ order: -1 }, { kind: 'big', order: 0 }, { order: 1 }]);
    await fails(c.find({ $expr: { $size: '$nothing' } }).toArray(), 17124);
  },
  async 'errors of pipelines'({ fresh }) {
    const c = fresh();
    await c.insertOne({ a: 1 });
    const fail = (stage: Document, code: number) => fails(c.aggregate([stage]).toArray(), code);
    await fail({ $nope: 1 }, 40324);
    await fail({ $group: { n: { $sum: 1 } } }, 15955);
    await fail({ $limit: 0 }, 15958);
    await fail({ $match: { $and: [] } }, 2);
    await fail({ a: 1, b: 2 }, 40323);
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
    await c.createIndex({ a: -1, b: 1 });
    await c.updateMany({ a: { $gte: 3 } }, { $set: { b: 'x' } });
    await c.insertOne({ a: 3, b: null });
    assert.deepEqual((await c.distinct('a')).sort(), [0, 1, 2, 3, 4]);
    assert.deepEqual((await c.distinct('b', { a: 3 })).sort(), [null, 'x']);
    assert.deepEqual(await c.distinct('b', { a: 4 }), ['x']);
    assert.deepEqual(await c.distinct('b', { a: 1 }), []);
  },
};
