import { Query } from 'mingo';
import { MongoClient } from 'mongodb';
import type { Collection, Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedMongo } from '../index.ts';
import type { EmbeddedMongo } from '../index.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { compileFilter, normalizeFilter } from './matcher.ts';

const directory = temporaryDirectory();
let mongo: EmbeddedMongo;
let client: MongoClient;
let made = 0;
const fresh = (): Collection<Document> => client.db('query').collection(`c${++made}`);

beforeAll(async () => {
  mongo = await startEmbeddedMongo({ dataDir: directory.path });
  client = await new MongoClient(mongo.uri).connect();
});

afterAll(async () => {
  await client.close();
  await mongo.close();
  directory.remove();
});

/** A repeatable random number below a bound. */
function generator(start: number): (below: number) => number {
  let seed = start;
  return (below) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
}

const SCALARS = [1, 2, 3, 5, 8, 2.5, -1, 'a', 'b', 'ab', '', true, false, new Date(1000)];

describe('filters', () => {
  test('the operators of ours agree with mingo where mingo agrees with MongoDB', () => {
    const random = generator(11);
    const scalar = () => SCALARS[random(SCALARS.length)];
    const docs = Array.from({ length: 300 }, (_, i) => ({
      _id: i,
      t: scalar(),
      a: { b: scalar() },
      l: Array.from({ length: 1 + random(3) }, scalar),
    }));
    const operators = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte'];
    for (let i = 0; i < 400; i++) {
      const path = ['t', 'a.b', 'l'][random(3)] ?? 't';
      const operator = operators[random(operators.length)] ?? '$eq';
      const filter =
        random(4) === 0 ? { [path]: { $in: [scalar(), scalar()] } } : { [path]: { [operator]: scalar() } };
      const ours = compileFilter(normalizeFilter(filter) as Document);
      const theirs = new Query(filter);
      expect(
        docs.filter((doc) => ours.test(doc)).map(({ _id }) => _id),
        JSON.stringify(filter),
      ).toEqual(docs.filter((doc) => theirs.test(doc as never)).map(({ _id }) => _id));
    }
  });

  test('200 random queries give the same with indexes as without', async () => {
    const random = generator(7);
    const values = [...SCALARS, null, { x: 1 }, [1, 2], [3, 'a'], []];
    const value = () => values[random(values.length)];
    const docs = Array.from({ length: 600 }, (_, i): Document => {
      const doc: Document = {
        _id: i,
        t: value(),
        u: random(30),
        a: { b: value(), c: random(5) },
        l: [{ k: random(4), v: random(4) }, { k: random(4) }],
      };
      for (const name of ['t', 'u']) if (random(10) === 0) delete doc[name];
      return doc;
    });
    const plain = fresh();
    const indexed = fresh();
    const keys = [
      { t: 1 },
      { u: 1, t: -1 },
      { 'a.b': -1 },
      { 'a.c': 1, u: 1 },
      { 'l.k': 1, u: -1 },
      { 'l.v': -1 },
      { 'l.k': 1, 'l.v': 1 },
    ];
    await indexed.createIndexes(keys.map((key) => ({ key: key as never })));
    await indexed.createIndex({ u: -1, _id: 1 }, { partialFilterExpression: { u: { $gte: 10 } } });
    await indexed.createIndex({ t: 1, _id: -1 }, { sparse: true });
    await plain.insertMany(docs);
    await indexed.insertMany(docs);
    const condition = (): Document => {
      const path = ['t', 'u', 'a.b', 'a.c', 'l.k', 'l.v'][random(6)] ?? 't';
      const v = path === 'u' ? random(30) : ['a.c', 'l.k', 'l.v'].includes(path) ? random(5) : value();
      switch (random(10)) {
        case 0:
          return { [path]: { $gt: v } };
        case 1:
          return { [path]: { $lte: v } };
        case 2:
          return { [path]: { $in: [v, value(), random(5)] } };
        case 3:
          return { [path]: { $ne: v } };
        case 4:
          return { [path]: { $exists: random(2) === 1 } };
        case 5:
          return { l: { $elemMatch: { k: random(4), v: random(4) } } };
        case 6:
          return { [path]: { $not: { $gte: v } } };
        case 7:
          return { [path]: { $gte: v, $lt: path === 'u' ? random(30) + 5 : value() } };
        case 8:
          return { t: { $regex: `^${['a', 'b', 'ab'][random(3)]}` } };
        default:
          return { [path]: v };
      }
    };
    for (let i = 0; i < 200; i++) {
      const pair = [condition(), condition()];
      const shape = random(4);
      const filter =
        shape === 0
          ? { $or: pair }
          : shape === 1
            ? { $and: pair }
            : shape === 2
              ? { $or: pair, u: { $gte: 12 } }
              : (pair[0] ?? {});
      const by = ['t', 'u', 'a.b', 'a.c'][random(4)] ?? 't';
      const sort: Document = random(2)
        ? { [by]: random(2) ? 1 : -1, _id: random(2) ? 1 : -1 }
        : { u: 1, t: -1, _id: 1 };
      const limit = random(2) ? 20 : 0;
      const run = async (c: Collection) =>
        (
          await c
            .find(filter)
            .sort(sort as never)
            .limit(limit)
            .toArray()
        ).map(({ _id }) => _id as unknown);
      const [expected, got] = await Promise.all([run(plain), run(indexed)]);
      expect(got, JSON.stringify({ filter, sort, limit })).toEqual(expected);
      expect(await indexed.countDocuments(filter), JSON.stringify(filter)).toBe(
        await plain.countDocuments(filter),
      );
    }
  });
});

interface Explained {
  executionStats: { totalDocsExamined: number; totalKeysExamined: number; nReturned: number };
  queryPlanner: { winningPlan: Document };
}

/** The stage names of a plan from the top down, and the index at the bottom. */
function shape({ queryPlanner }: Explained): string {
  const names: string[] = [];
  for (
    let stage: Document | undefined = queryPlanner.winningPlan;
    stage;
    stage = stage.inputStage as Document | undefined
  ) {
    names.push(String(stage.stage), ...(stage.indexName ? [String(stage.indexName)] : []));
  }
  return names.join(' ');
}

describe('plans', () => {
  let c: Collection<Document>;

  beforeAll(async () => {
    c = fresh();
    await c.createIndex({ owner: 1, status: 1, usedAt: 1 });
    await c.createIndex({ tags: 1 });
    await c.createIndex({ n: 1 }, { partialFilterExpression: { status: 'locked' } });
    await c.insertMany(
      Array.from({ length: 5000 }, (_, i) => ({
        owner: `o${i % 5}`,
        status: i % 10 === 0 ? 'locked' : 'free',
        usedAt: new Date((i * 7919) % 5000),
        tags: [i % 100, 'all'],
        n: i,
      })),
    );
  });

  const explainFind = async (filter: Document, sort: Document, limit: number, hint?: Document) =>
    (await c
      .find(filter, hint ? { hint } : {})
      .sort(sort)
      .limit(limit)
      .explain('executionStats')) as unknown as Explained;

  test('equality and sort on a compound index examine what they return, in both directions', async () => {
    for (const direction of [1, -1]) {
      const explained = await explainFind({ owner: 'o1', status: 'free' }, { usedAt: direction }, 10);
      expect(shape(explained)).toBe('LIMIT FETCH IXSCAN owner_1_status_1_usedAt_1');
      expect(explained.executionStats).toMatchObject({
        nReturned: 10,
        totalDocsExamined: 10,
        totalKeysExamined: 10,
      });
    }
  });

  test('$in before the sort is merged in order', async () => {
    const explained = await explainFind({ owner: { $in: ['o1', 'o2'] }, status: 'free' }, { usedAt: 1 }, 10);
    expect(shape(explained)).toContain('SORT_MERGE IXSCAN');
    expect(explained.executionStats.totalDocsExamined).toBe(10);
    const got = await c
      .find({ owner: { $in: ['o1', 'o2'] }, status: 'free' })
      .sort({ usedAt: 1 })
      .limit(50)
      .toArray();
    const times = got.map(({ usedAt }) => Number(usedAt));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('ids are looked up, however many other fields an index has', async () => {
    const ids = (await c.find({ owner: 'o1', status: 'free' }).limit(5).toArray()).map(({ _id }) => _id);
    for (const sort of [{}, { usedAt: 1 }] as Document[]) {
      const explained = await explainFind({ _id: { $in: ids }, owner: 'o1', status: 'free' }, sort, 0);
      expect(shape(explained)).toContain('FETCH IXSCAN _id_');
      expect(explained.executionStats).toMatchObject({ nReturned: 5, totalDocsExamined: 5 });
    }
  });

  test('a claim examines one document', async () => {
    const claim = {
      findAndModify: c.collectionName,
      query: { owner: 'o1', status: 'free' },
      sort: { usedAt: 1 },
      update: { $set: { status: 'locked' } },
    };
    const explained = (await client
      .db('query')
      .command({ explain: claim, verbosity: 'executionStats' })) as unknown as Explained;
    expect(explained.executionStats.totalDocsExamined).toBe(1);
  });

  test('a count by an indexed equality decodes no document', async () => {
    const explained = (await client.db('query').command({
      explain: { count: c.collectionName, query: { owner: 'o1', status: 'free' } },
      verbosity: 'executionStats',
    })) as unknown as Explained;
    expect(shape(explained)).toBe('COUNT COUNT_SCAN owner_1_status_1_usedAt_1');
    expect(explained.executionStats.totalDocsExamined).toBe(0);
    expect(await c.countDocuments({ owner: 'o1', status: 'free' })).toBe(1000);
  });

  test('arrays, $or and partial indexes', async () => {
    const byTag = await explainFind({ tags: 7 }, {}, 0);
    expect(shape(byTag)).toBe('FETCH IXSCAN tags_1');
    expect(byTag.executionStats).toMatchObject({ nReturned: 50, totalDocsExamined: 50 });
    const either = await explainFind(
      { $or: [{ tags: 7 }, { owner: 'o1', status: 'locked', usedAt: new Date(5) }] },
      {},
      0,
    );
    expect(either.executionStats.totalDocsExamined).toBeLessThan(60);
    expect(shape(await explainFind({ n: { $lt: 100 }, status: 'locked' }, {}, 0))).toBe('FETCH IXSCAN n_1');
    expect(shape(await explainFind({ n: { $lt: 100 } }, {}, 0))).toBe('COLLSCAN');
  });

  test('the hint decides', async () => {
    const explained = await explainFind({ owner: 'o1', status: 'free', tags: 7 }, {}, 0, { tags: 1 });
    expect(shape(explained)).toBe('FETCH IXSCAN tags_1');
  });

  test('maxTimeMS ends a long scan with 50', async () => {
    await expect(
      c.find({ $expr: { $gt: [{ $size: '$tags' }, 99] } }, { maxTimeMS: 1 }).toArray(),
    ).rejects.toMatchObject({ code: 50 });
  });

  test('a sort in memory is capped (292)', async () => {
    const big = fresh();
    await big.insertMany(Array.from({ length: 110 }, (_, i) => ({ i, pad: 'x'.repeat(1_000_000) })));
    await expect(big.find().sort({ i: 1 }).toArray()).rejects.toMatchObject({ code: 292 });
    const first = await big
      .find({}, { allowDiskUse: true, projection: { i: 1 } })
      .sort({ i: -1 })
      .limit(1)
      .toArray();
    expect(first[0]?.i).toBe(109);
  });
});
