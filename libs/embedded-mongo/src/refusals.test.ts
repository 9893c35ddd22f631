import { MongoClient } from 'mongodb';
import type { Collection, Document } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedMongo } from './index.ts';
import type { EmbeddedMongo } from './index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const directory = temporaryDirectory();
let mongo: EmbeddedMongo;
let client: MongoClient;
let c: Collection<Document>;

beforeAll(async () => {
  mongo = await startEmbeddedMongo({ dataDir: directory.path });
  client = await new MongoClient(mongo.uri).connect();
  c = client.db('refusals').collection('items');
  await c.insertOne({ v: 1, l: [{ k: 1 }] });
});

afterAll(async () => {
  await client.close();
  await mongo.close();
  directory.remove();
});

const REFUSED: Record<string, [code: number, run: () => Promise<unknown>]> = {};
const pipelines = (code: number, ...pipelines: Document[][]) => {
  for (const pipeline of pipelines)
    REFUSED[JSON.stringify(pipeline)] = [code, () => c.aggregate(pipeline).toArray()];
};
const filters = (code: number, ...filters: Document[]) => {
  for (const filter of filters) REFUSED[JSON.stringify(filter)] = [code, () => c.find(filter).toArray()];
};

pipelines(
  40324,
  [{ $lookup: { from: 'items', localField: 'u', foreignField: 'u', pipeline: [], as: 'x' } }],
  [{ $lookup: { from: 'items', localField: 'u', foreignField: 'u', as: 'a.x' } }],
  [{ $facet: { a: [] } }],
  [{ $addFields: { a: { z: 3 } } }],
  [{ $set: { 'a.b': 1 } }],
  [{ $redact: '$$PRUNE' }],
  [{ $setWindowFields: { output: {} } }],
  [{ $graphLookup: { from: 'items' } }],
  [{ $bucket: { groupBy: '$v', boundaries: [0, 9] } }],
  [{ $out: 'other' }],
  [{ $merge: 'other' }],
  [{ $unionWith: 'items' }],
  [{ $changeStream: {} }],
  [{ $geoNear: {} }],
  [{ $sample: { size: 1 } }],
);
pipelines(
  168,
  [{ $project: { y: { $year: '$d' } } }],
  [{ $project: { y: { $dateFromParts: { year: 2024 } } } }],
  [{ $project: { y: { $dateAdd: { startDate: '$d', unit: 'month', amount: 1 } } } }],
  [{ $project: { y: { $sum: ['$v', 1] } } }],
  [{ $project: { y: { $multiply: ['$v', 2] } } }],
  [{ $project: { y: { $type: '$v' } } }],
  [{ $project: { y: { $toObjectId: '$v' } } }],
  [{ $project: { y: { $indexOfCP: ['$v', 'x'] } } }],
  [{ $project: { 'l.y': '$v' } }],
  [{ $project: { l: { $slice: 1 } } }],
  [{ $group: { _id: { $week: '$d' } } }],
);
pipelines(
  15952,
  [{ $group: { _id: null, t: { $top: { output: '$v', sortBy: { v: 1 } } } } }],
  [{ $group: { _id: null, t: { $stdDevPop: '$v' } } }],
);
pipelines(28811, [{ $unwind: { path: '$l', includeArrayIndex: 'i' } }]);
pipelines(28818, [{ $unwind: '$l.k' }]);
filters(
  2,
  { $where: 'true' },
  { $text: { $search: 'x' } },
  { $jsonSchema: {} },
  { v: { $bitsAllSet: 1 } },
  { v: { $geoWithin: {} } },
  { v: { $not: { $gt: 1, $lt: 5 } } },
);
filters(168, { $expr: { $gt: [{ $add: ['$v', 1] }, 1] } }, { $expr: { $function: {} } });
filters(51108, { v: { $regex: 'a b', $options: 'x' } });

const one = { v: 1 };
Object.assign(REFUSED, {
  'a pipeline update': [9, () => c.updateOne(one, [{ $set: { a: { z: 3 } } }])],
  'findAndModify with a pipeline': [9, () => c.findOneAndUpdate(one, [{ $set: { v: 2 } }])],
  'a collation': [2, () => c.find({}, { collation: { locale: 'en' } }).toArray()],
  'a text index': [67, () => c.createIndex({ v: 'text' })],
  'a wildcard index': [67, () => c.createIndex({ '$**': 1 })],
  'a capped collection': [72, () => client.db('refusals').createCollection('cap', { capped: true, size: 1 })],
  'an expression in let': [168, () => c.find({}, { let: { v: { $add: [1, 1] } } }).toArray()],
  'a snapshot session': [
    246,
    () => client.withSession({ snapshot: true }, (session) => c.find({}, { session }).toArray()),
  ],
  'a pipeline on a database': [
    73,
    () =>
      client
        .db('refusals')
        .aggregate([{ $documents: [] }])
        .toArray(),
  ],
} satisfies typeof REFUSED);

test.each(Object.entries(REFUSED))(
  'refuses %s and says where it is supported',
  async (_name, [code, run]) => {
    const error = await run().then(
      () => undefined,
      (reason: unknown) => reason as { code: number; message: string },
    );
    expect(error?.code, error?.message).toBe(code);
    expect(error?.message).toContain('MONGODB_URI');
  },
);

test('what was refused has changed nothing', async () => {
  expect(await c.find({}, { projection: { _id: 0 } }).toArray()).toEqual([{ v: 1, l: [{ k: 1 }] }]);
});

test('answers as MongoDB where the second engine differs', async () => {
  const all = (pipeline: Document[]) => c.aggregate(pipeline).toArray();
  expect(await all([{ $match: { v: 77 } }, { $count: 'n' }])).toEqual([]);
  expect(
    await all([{ $group: { _id: null, set: { $addToSet: '$none' }, first: { $first: '$none' } } }]),
  ).toEqual([{ _id: null, set: [], first: null }]);
  expect(await all([{ $group: { _id: { a: '$none', v: '$v' } } }])).toEqual([{ _id: { v: 1 } }]);
  await expect(all([{ $project: {} }])).rejects.toMatchObject({ code: 51272 });
  await expect(all([{ $sort: {} }])).rejects.toMatchObject({ code: 15976 });
  await expect(c.find({ $expr: { $eq: ['$v', '$$nope'] } }).toArray()).rejects.toMatchObject({ code: 17276 });
});
