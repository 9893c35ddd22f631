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
  await fill(models.user as never, (n) => ({
    _id: n,
    name: `u${n}`,
    email: `u${n}@x`,
  }));
  await fill(models.posting as never, (n) => ({
    _id: `p${n}`,
    userId: n % 500,
    ...(n % 400 === 0 && { key: `k${n}` }),
  }));
  await fill(models.number as never, (n) => ({
    _id: `138${n}`,
    status: 'active',
    rank: n / rows,
    carrier: 1,
    kind: 1,
  }));
  await fill(models.lease as never, (n) => ({
    _id: `l${n}`,
    userId: n % 500,
    projectId: `p${n % 10}`,
    phone: `138${n % 1000}`,
    state: n % 100 === 0 ? 'active' : 'released',
    ...(n % 100 === 0 && n <= 1000 && { occupied: true }),
    startedAt: at(n),
    endsAt: at(n - 1200),
    ...(n % 400 === 0 && { coolsUntil: at(n) }),
  }));
  await fill(models.message as never, (n) => ({
    _id: `m${n}`,
    provider: 'smpp',
    providerId: `i${n}`,
    content: `c${n}`,
    to: `138${n % 500}`,
    leaseId: `l${n % 500}`,
    state: n % 400 === 0 ? 'stored' : 'matched',
    receivedAt: at(n),
    purgeAt: new Date(now + 3_600_000),
  }));
  await fill(models.parts as never, (n) => ({
    _id: `a${n}`,
    key: `k${n}`,
    ...(n % 400 === 0 && { open: true }),
    firstAt: at(n),
    purgeAt: new Date(now + 3_600_000),
  }));
});
afterAll(() => mongo.close());

/** The query that each index was made for, and how many documents it may look at. */
const queries: ExplainedQuery[] = [
  ['a user by name', () => models.user.findOne({ name: 'u7' }) as never, 1],
  ['a user by mail', () => models.user.findOne({ email: 'u7@x' }) as never, 1],
  ['a statement', () => models.posting.find({ userId: 7 }).sort({ _id: -1 }).limit(20) as never, 4],
  [
    'the ledger',
    () =>
      models.posting
        .find({ _id: trusted({ $gt: '' }) })
        .sort({ _id: -1 })
        .limit(20) as never,
    21,
  ],
  ['a grant by its key', () => models.posting.findOne({ key: 'k400' }) as never, 1],
  [
    'looking for numbers',
    () =>
      models.number
        .find({ status: 'active', rank: trusted({ $gt: 0.5, $lte: 1 }), carrier: 1 })
        .sort({ rank: 1 })
        .limit(64) as never,
    65,
  ],
  [
    'which numbers are taken, and by whom',
    () =>
      models.lease.find({
        projectId: 'p0',
        phone: trusted({ $in: ['138100', '138200', '1387'] }),
        occupied: true,
      }) as never,
    4,
  ],
  [
    'whose a message is',
    () =>
      models.lease
        .find({
          phone: '138100',
          startedAt: trusted({ $lte: new Date() }),
          endsAt: trusted({ $gt: new Date() }),
        })
        .sort({ startedAt: 1 }) as never,
    2,
  ],
  [
    'leases that are over',
    () => models.lease.find({ state: 'active', endsAt: trusted({ $lte: new Date() }) }) as never,
    20,
  ],
  [
    'numbers that have rested',
    () => models.lease.find({ coolsUntil: trusted({ $lte: new Date() }) }) as never,
    5,
  ],
  ['a message by its name', () => models.message.findOne({ provider: 'smpp', providerId: 'i7' }) as never, 1],
  [
    'messages by their content',
    () => models.message.find({ content: trusted({ $in: ['c7', 'c9'] }) }) as never,
    2,
  ],
  [
    'the messages of a lease',
    () => models.message.find({ leaseId: 'l7' }).sort({ receivedAt: 1 }) as never,
    4,
  ],
  [
    'messages to deliver',
    () =>
      models.message
        .find({ state: 'stored', receivedAt: trusted({ $lt: new Date() }) })
        .sort({ receivedAt: 1 }) as never,
    5,
  ],
  [
    'the messages of a number',
    () => models.message.find({ to: '1387' }).sort({ receivedAt: -1 }) as never,
    4,
  ],
  ['what a part belongs to', () => models.parts.findOne({ key: 'k400', open: true }) as never, 1],
  [
    'what parts may be a repeat of',
    () =>
      models.parts
        .find({ key: 'k400', _id: trusted({ $ne: 'x' }) })
        .sort({ firstAt: -1 })
        .limit(100) as never,
    1,
  ],
  [
    'parts to finish',
    () => models.parts.find({ open: true, firstAt: trusted({ $lt: new Date() }) }) as never,
    5,
  ],
];

testIndexUse(queries);

it('has no index without a query in this table', () => {
  const indexes = Object.values(models).flatMap((model) => model.schema.indexes());
  // Beside these: the store's expiry of messages and of their parts.
  const others = indexes.filter(([, options]) => options.expireAfterSeconds !== undefined);
  expect(others).toHaveLength(2);
  // The ledger needs none: it is in the order of its ids.
  expect(indexes.length - others.length).toBe(queries.length - 1);
});
