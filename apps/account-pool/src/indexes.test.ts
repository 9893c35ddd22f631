import { createMongo } from '@portico/mongo';
import { testIndexUse, type ExplainedQuery } from '@portico/mongo/testing';
import { testStores } from '@portico/testing';
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerModels } from './models.ts';

const stores = testStores();
const mongo = createMongo({ uri: stores.mongodbUri, database: stores.database, appName: 'test' });
const models = registerModels(mongo.connection);
const { trusted } = mongoose;
const rows = 2000;
const now = Date.now();
const at = (n: number) => new Date(now - n * 1000);

beforeAll(async () => {
  await mongo.open();
  const numbers = Array.from({ length: rows }, (_, index) => index + 1);
  const fill = async (model: mongoose.Model<never>, row: (n: number) => object) => {
    await model.collection.insertMany(numbers.map(row));
  };
  await fill(models.account as never, (n) => ({
    _id: n,
    ownerId: `o${n % 20}`,
    platform: `p${n % 4}`,
    customId: `c${n}`,
    status: n % 100 === 0 ? 'locked' : n % 20 === 7 ? 'used' : 'available',
    lastUsedAt: at(n),
    createdAt: at(rows - n),
    ...(n % 100 === 0 && { leaseExpiresAt: new Date(now + n * 1000) }),
    ...(n % 400 === 0 && { pendingSince: at(n) }),
  }));
  await fill(models.audit as never, (n) => ({
    _id: `${10_000 + n}:${n}`,
    accountId: n % 500,
    ownerId: `o${n % 200}`,
  }));
  await fill(models.key as never, (n) => ({ _id: n, hash: `h${n}` }));
  await fill(models.count as never, (n) => ({ _id: `k${n}`, ownerId: `o${n % 500}`, count: 1 }));
});
afterAll(() => mongo.close());

const acquire = (ownerId: string) => ({ ownerId, platform: 'p3', status: 'available' });

const all = { _id: trusted({ $gt: 0 }) };

/** The query that each index was made for, and how many documents it may look at. */
const queries: ExplainedQuery[] = [
  ['acquiring', () => models.account.find(acquire('o3')).sort({ lastUsedAt: 1 }).limit(5) as never, 6],
  [
    'acquiring from an exhausted pool',
    // All of this owner's accounts are used (P7).
    () =>
      models.account
        .find({ ...acquire('o7') })
        .sort({ lastUsedAt: 1 })
        .limit(5) as never,
    0,
  ],
  [
    'uploading',
    () =>
      models.account.find({
        ownerId: 'o3',
        platform: 'p3',
        customId: trusted({ $in: ['c3', 'c23', 'nothing'] }),
      }) as never,
    3,
  ],
  [
    'sweeping',
    () => models.account.find({ leaseExpiresAt: trusted({ $lte: new Date() }) }).limit(500) as never,
    0,
  ],
  [
    'relaying',
    () =>
      models.account
        .find({ pendingSince: trusted({ $gt: new Date(0) }) })
        .sort({ pendingSince: 1 })
        .limit(2000) as never,
    5,
  ],
  [
    'listing all',
    () =>
      models.account
        .find({ deleted: trusted({ $exists: false }), ...all })
        .sort({ _id: -1 })
        .limit(10) as never,
    11,
  ],
  [
    'listing those of an owner',
    () =>
      models.account
        .find({ ownerId: 'o5', ...all })
        .sort({ _id: -1 })
        .limit(10) as never,
    11,
  ],
  [
    'listing a status of a platform',
    () =>
      models.account
        .find({ platform: 'p0', status: 'locked', ...all })
        .sort({ _id: -1 })
        .limit(10) as never,
    11,
  ],
  [
    'listing a status',
    () =>
      models.account
        .find({ status: 'locked', ...all })
        .sort({ _id: -1 })
        .limit(10) as never,
    11,
  ],
  [
    'the history of an account',
    () => models.audit.find({ accountId: 7 }).sort({ _id: -1 }).limit(10) as never,
    5,
  ],
  [
    'the history of an owner',
    () => models.audit.find({ ownerId: 'o7' }).sort({ _id: -1 }).limit(10) as never,
    11,
  ],
  [
    'what an operation did',
    () => models.audit.find({ _id: trusted({ $gt: '10007:', $lt: '10007;' }) }) as never,
    1,
  ],
  ['a key', () => models.key.findOne({ hash: 'h7' }) as never, 1],
  ['the counts of an owner', () => models.count.find({ ownerId: 'o7' }).sort({ _id: 1 }) as never, 5],
];

testIndexUse(queries);

it('has no index without a query in this table', () => {
  const indexes = Object.values(models).flatMap((model) => model.schema.indexes());
  // Beside these: the store's expiry of idempotency keys.
  const others = indexes.filter(([, options]) => options.expireAfterSeconds !== undefined);
  expect(others).toHaveLength(1);
  // And that of the order by age: the second engine that this runs on sorts by itself whatever has two keys.
  expect(indexes.length - others.length).toBe(12);
});
