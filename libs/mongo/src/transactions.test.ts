import { AppError } from '@portico/envelope';
import { testStores } from '@portico/testing';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createMongo, isDuplicateKey } from './index.ts';
import { createTransactions } from './transactions.ts';

interface Account {
  _id: string;
  balance: number;
}

const stores = testStores();
const registry = new Registry();
const mongo = createMongo({ uri: stores.mongodbUri, database: stores.database, appName: 'test', registry });
const accounts = () => mongo.connection.collection<Account>('accounts');
const lines = () => mongo.connection.collection<{ _id: string }>('lines');

beforeAll(() => mongo.open());
afterAll(() => mongo.close());
beforeEach(async () => {
  await Promise.all([accounts().deleteMany({}), lines().deleteMany({})]);
  await accounts().insertMany([
    { _id: 'a', balance: 100 },
    { _id: 'b', balance: 0 },
  ]);
});

const balances = async () =>
  (await accounts().find().sort({ _id: 1 }).toArray()).map(({ balance }) => balance);
async function counted(name: string, result?: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  return metric?.values.find(({ labels }) => labels['result'] === result)?.value ?? 0;
}

/** Moves 1 from a to b, and writes a line about it. */
const move = (line: string) =>
  mongo.withTransaction(async (session) => {
    const taken = await accounts().updateOne(
      { _id: 'a', balance: { $gte: 1 } },
      { $inc: { balance: -1 } },
      { session },
    );
    if (taken.modifiedCount === 0) throw new AppError('insufficient_balance');
    await accounts().updateOne({ _id: 'b' }, { $inc: { balance: 1 } }, { session });
    await lines().insertOne({ _id: line }, { session });
    return line;
  });

it('writes all of its documents and returns the result of the work', async () => {
  expect(await move('first')).toBe('first');
  expect(await balances()).toEqual([99, 1]);
  expect(await lines().countDocuments()).toBe(1);
});

it('writes nothing when the work throws', async () => {
  await move('twice');
  const error: unknown = await move('twice').catch((thrown: unknown) => thrown);
  expect(isDuplicateKey(error)).toBe(true);
  expect(await balances()).toEqual([99, 1]);
});

it('repeats what conflicts, so that no change is lost and none is made twice', async () => {
  const before = await counted('mongodb_transactions_total', 'committed');
  const moves = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => move(`${n}`)));
  expect(moves.filter(({ status }) => status === 'fulfilled')).toHaveLength(12);
  expect(await balances()).toEqual([88, 12]);
  expect(await lines().countDocuments()).toBe(12);
  expect(await counted('mongodb_transactions_total', 'committed')).toBe(before + 12);
});

it('repeats the work when another one changes what it has read, and counts it', async () => {
  const before = await counted('mongodb_transaction_retries_total');
  let attempts = 0;
  await mongo.withTransaction(async (session) => {
    attempts += 1;
    const account = await accounts().findOne({ _id: 'a' }, { session });
    if (attempts === 1) await accounts().updateOne({ _id: 'a' }, { $inc: { balance: -50 } });
    await accounts().updateOne({ _id: 'a' }, { $set: { balance: (account?.balance ?? 0) * 2 } }, { session });
  });
  expect(await balances()).toEqual([100, 0]);
  expect(attempts).toBe(2);
  expect(await counted('mongodb_transaction_retries_total')).toBe(before + 1);
});

it('hides its writes from others until it has been committed', async () => {
  await mongo.withTransaction(async (session) => {
    await accounts().updateOne({ _id: 'a' }, { $inc: { balance: -1 } }, { session });
    expect(await balances()).toEqual([100, 0]);
    await accounts().updateOne({ _id: 'b' }, { $inc: { balance: 1 } }, { session });
  });
  expect(await balances()).toEqual([99, 1]);
});

it('answers that the outcome is unknown when it takes too long, and does not commit after that', async () => {
  const withTransaction = createTransactions({ connection: mongo.connection, limitMs: 50 });
  let finish: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => (finish = resolve));
  let written: Promise<unknown> = Promise.resolve();
  const outcome = withTransaction(async (session) => {
    written = accounts().updateOne({ _id: 'a' }, { $inc: { balance: -1 } }, { session });
    await slow;
  });
  await expect(outcome).rejects.toMatchObject({ code: 'outcome_unknown' });
  await written;
  finish();
  // Waits for the end of the other, as the account is locked until then.
  await move('after');
  expect(await balances()).toEqual([99, 1]);
});
