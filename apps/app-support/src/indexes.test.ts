import { createMongo, createSequence } from '@portico/mongo';
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

beforeAll(async () => {
  await mongo.open();
  const ids = await createSequence(mongo.connection, 'rows').reserve(rows);
  const numbers = Array.from({ length: rows }, (_, index) => ids + index);
  const at = (n: number) => new Date(now - n * 1000);
  const times = (n: number) => ({ createdAt: at(n), updatedAt: at(n) });
  const fill = async (model: mongoose.Model<never>, row: (n: number) => object) => {
    await model.collection.insertMany(numbers.map(row));
  };
  await fill(models.user as never, (n) => ({ _id: n, address: `+86${n}`, deletedAt: null, ...times(n) }));
  await fill(models.codeSend as never, (n) => ({
    _id: String(n),
    channel: n % 2 ? 'sms' : 'email',
    recipient: `r${n % 500}`,
    status: 'sent',
    createdAt: new Date(),
    outcomeAt: at(n),
  }));
  await fill(models.device as never, (n) => ({ _id: n, userId: n % 500, clientId: `c${n}`, ...times(n) }));
  await fill(models.feedback as never, (n) => ({
    _id: n,
    userId: n % 500,
    status: n % 100 ? 1 : 0,
    unread: n % 4 ? 0 : 1,
    ...times(n),
  }));
  await fill(models.push as never, (n) => ({
    _id: n,
    audience: n % 20 ? [n % 500] : [0],
    publishedAt: at(n),
    ...(n % 400 === 0 && { work: { due: at(n), runner: null, step: 'settle' } }),
    ...times(n),
  }));
  await fill(models.pushPage as never, (n) => ({ _id: `${n % 100}-${n}`, pushId: n % 100, page: n }));
  await fill(models.hiddenPush as never, (n) => ({ userId: n % 500, pushId: n }));
});
afterAll(() => mongo.close());

/** The query that each index was made for, and how many documents it may look at. */
const queries: ExplainedQuery[] = [
  ['signing in', () => models.user.findOne({ address: '+86100', deletedAt: null }) as never, 1],
  [
    'listing users',
    () =>
      models.user
        .find({ _id: trusted({ $gt: 0 }), deletedAt: null })
        .sort({ _id: -1 })
        .limit(20) as never,
    21,
  ],
  [
    'finding unfinished deletions',
    () => models.user.find({ deletedAt: trusted({ $lt: new Date() }) }).limit(50) as never,
    0,
  ],
  [
    'the last outcomes of a channel',
    () =>
      models.codeSend
        .find({ channel: 'sms', outcomeAt: trusted({ $exists: true }) })
        .sort({ outcomeAt: -1 })
        .limit(3) as never,
    4,
  ],
  [
    'the last outcome of an address',
    () =>
      models.codeSend
        .findOne({ recipient: 'r7', outcomeAt: trusted({ $exists: true }) })
        .sort({ outcomeAt: -1 }) as never,
    4,
  ],
  ['a user', () => models.user.findOne({ _id: 5, deletedAt: null }) as never, 1],
  ['feedback of its owner', () => models.feedback.findOne({ _id: 7, userId: 7 }) as never, 1],
  ['the users of a push', () => models.user.find({ _id: trusted({ $in: [1, 2, 3] }) }) as never, 3],
  ['a device', () => models.device.findOne({ clientId: 'c100', userId: 100 }) as never, 1],
  ['the devices of a user', () => models.device.find({ userId: 7 }) as never, 4],
  [
    'the devices of a push to users',
    () =>
      models.device.find({ userId: trusted({ $in: [1, 2, 3] }), _id: trusted({ $lte: 10_000 }) }) as never,
    12,
  ],
  [
    'the devices of a push to everybody',
    () =>
      models.device
        .find({ _id: trusted({ $gt: 500, $lte: 1900 }) })
        .sort({ _id: 1 })
        .limit(100) as never,
    101,
  ],
  ['the feedback of a user', () => models.feedback.find({ userId: 7 }).sort({ _id: -1 }) as never, 4],
  [
    'the unread replies of a user',
    () => models.feedback.find({ userId: 8, unread: trusted({ $gt: 0 }) }) as never,
    4,
  ],
  ['the feedback of a status', () => models.feedback.find({ status: 0 }).sort({ _id: -1 }) as never, 20],
  [
    'the log of a user',
    () =>
      models.push
        .find({
          audience: trusted({ $in: [0, 7] }),
          publishedAt: trusted({ $gt: new Date(now - 3_600_000) }),
        })
        .sort({ publishedAt: -1, _id: -1 })
        .limit(200) as never,
    110,
  ],
  [
    'pushes with work',
    () =>
      models.push
        .find({ 'work.due': trusted({ $lte: new Date() }) })
        .sort({ 'work.due': 1 })
        .limit(8) as never,
    6,
  ],
  ['the pages of a push', () => models.pushPage.find({ pushId: 7 }).sort({ page: 1 }) as never, 20],
  ['what a user has hidden', () => models.hiddenPush.find({ userId: 7 }) as never, 4],
];

testIndexUse(queries);

it('has no index without a query in this table', () => {
  const indexes = Object.values(models).flatMap((model) => model.schema.indexes());
  // Beside these: the outbox's own, tested with it, and the store's expiry of sent codes.
  const others = indexes.filter(([fields]) => 'outbox.due' in fields || 'createdAt' in fields);
  expect(others).toHaveLength(4);
  expect(indexes.length - others.length).toBe(13);
});
