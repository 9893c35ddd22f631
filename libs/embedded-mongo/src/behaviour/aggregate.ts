import assert from 'node:assert/strict';
import type { Document } from 'mongodb';
import { fails, numbers } from './case.ts';
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
    await c.createIndex({ a: -1, b: 1 });
    await c.updateMany({ a: { $gte: 3 } }, { $set: { b: 'x' } });
    await c.insertOne({ a: 3, b: null });
    assert.deepEqual((await c.distinct('a')).sort(), [0, 1, 2, 3, 4]);
    assert.deepEqual((await c.distinct('b', { a: 3 })).sort(), [null, 'x']);
    assert.deepEqual(await c.distinct('b', { a: 4 }), ['x']);
    assert.deepEqual(await c.distinct('b', { a: 1 }), []);
  },
};
