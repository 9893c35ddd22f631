import { createMongo } from '@portico/mongo';
import { testIndexUse, type ExplainedQuery } from '@portico/mongo/testing';
import { testStores } from '@portico/testing';
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerModels } from './models.ts';

const stores = testStores();
const mongo = createMongo({ uri: stores.mongodbUri, database: stores.database, appName: 'test' });
const models = registerModels(mongo.connection);
const rows = 2000;

beforeAll(async () => {
  await mongo.open();
  const numbers = Array.from({ length: rows }, (_, index) => index + 1);
  const fill = async (model: mongoose.Model<never>, row: (n: number) => object) => {
    await model.collection.insertMany(numbers.map((n) => ({ deletedAt: null, ...row(n) })));
  };
  const owned = (n: number) => ({ ownerId: `o${n % 500}` });
  await fill(models.user as never, (n) => ({
    email: `u${n}@example.com`,
    role: n % 400 === 0 ? 'admin' : 'user',
    isActive: true,
  }));
  await fill(models.ticket as never, (n) => ({
    ...owned(n),
    status: n % 100 ? 'replied' : 'pending',
    creatorEmail: `u${n % 500}@example.com`,
  }));
  await fill(models.contact as never, (n) => ({ token: `t${n}`, isProcessed: n % 100 !== 0 }));
  await fill(models.businessAccount as never, (n) => ({
    ownerId: `o${n}`,
    status: n % 100 ? 'active' : 'pending',
    userCode: `c${n}`,
  }));
  await fill(models.contract as never, owned);
  await fill(models.project as never, owned);
  await fill(models.link as never, (n) => ({ projectId: `p${n % 500}` }));
  await fill(models.task as never, (n) => ({
    projectId: `p${n % 500}`,
    status: n % 2 ? 'pending' : 'completed',
  }));
  await fill(models.file as never, (n) => ({
    projectId: `p${n % 500}`,
    isComplete: n % 100 !== 0,
    createdAt: new Date(),
    key: `k${n}`,
    ...(n % 400 === 0 && { deletedAt: new Date(0) }),
  }));
});
afterAll(() => mongo.close());

const here = { deletedAt: null };
const newest = { _id: -1 } as const;

/** The query that each index was made for, and how many documents it may look at. */
const queries: ExplainedQuery[] = [
  ['a user by address', () => models.user.findOne({ email: 'u7@example.com' }) as never, 1],
  ['whether there is an operator', () => models.user.findOne({ role: 'admin', isActive: true }) as never, 1],
  [
    'the tickets of a customer',
    () => models.ticket.find({ ...here, ownerId: 'o7' }).sort(newest) as never,
    4,
  ],
  [
    'those of one status',
    () => models.ticket.find({ ...here, ownerId: 'o0', status: 'pending' }).sort(newest) as never,
    4,
  ],
  ['tickets that wait', () => models.ticket.find({ ...here, status: 'pending' }).sort(newest) as never, 20],
  [
    'the tickets of a creator',
    () => models.ticket.find({ ...here, creatorEmail: 'u7@example.com' }).sort(newest) as never,
    4,
  ],
  ['a used token', () => models.contact.findOne({ token: 't7' }) as never, 1],
  [
    'what is to be done',
    () => models.contact.find({ ...here, isProcessed: false }).sort(newest) as never,
    20,
  ],
  ['the business account of a customer', () => models.businessAccount.findOne({ ownerId: 'o7' }) as never, 1],
  ['a user code', () => models.businessAccount.findOne({ userCode: 'c7' }) as never, 1],
  [
    'applications that wait',
    () => models.businessAccount.find({ ...here, status: 'pending' }).sort(newest) as never,
    20,
  ],
  [
    'the contracts of a customer',
    () => models.contract.find({ ...here, ownerId: 'o7' }).sort(newest) as never,
    4,
  ],
  [
    'the projects of a customer',
    () => models.project.find({ ...here, ownerId: 'o7' }).sort(newest) as never,
    4,
  ],
  ['the links of a project', () => models.link.find({ ...here, projectId: 'p7' }).sort(newest) as never, 4],
  ['the tasks of a project', () => models.task.find({ ...here, projectId: 'p7' }).sort(newest) as never, 4],
  [
    'those to be done',
    () => models.task.find({ ...here, projectId: 'p7', status: 'pending' }).sort(newest) as never,
    4,
  ],
  [
    'the files of a project',
    () => models.file.find({ ...here, projectId: 'p7', isComplete: true }).sort(newest) as never,
    4,
  ],
  ['the key of a file', () => models.file.findOne({ key: 'k7' }) as never, 1],
  [
    'announcements to give up',
    () => models.file.find({ isComplete: false, createdAt: mongoose.trusted({ $lt: new Date(1) }) }) as never,
    0,
  ],
  [
    'deletions to finish',
    () => models.file.find({ deletedAt: mongoose.trusted({ $lt: new Date() }) }) as never,
    5,
  ],
];

testIndexUse(queries);

it('has no index without a query in this table', () => {
  const indexes = Object.values(models).flatMap((model) => model.schema.indexes());
  // Beside these: the outbox's own, tested with it, and the store's expiry of codes.
  const others = indexes.filter(
    ([fields, options]) => 'outbox.due' in fields || options.expireAfterSeconds !== undefined,
  );
  expect(others).toHaveLength(5);
  expect(indexes.length - others.length).toBe(queries.length);
});
