import type { AnyBulkWriteOperation, Collection, Db } from 'mongodb';
import { accountsFrom, batch, connections, platform } from './accounts.ts';
import { loop, type LoadResult } from './load.ts';

/** The same with the bare driver on the same engine: what the engine itself allows, without a service around it. */

interface BareAccount {
  ownerId: string;
  platform: string;
  customId: string;
  data: string;
  status: string;
  lastUsedAt: Date;
  lockedAt: Date | null;
}

const ownerId = 'bare';

async function emptyCollection(db: Db, name: string): Promise<Collection<BareAccount>> {
  const collection = db.collection<BareAccount>(name);
  await collection.drop();
  // The two that no pool can do without.
  await collection.createIndex({ ownerId: 1, platform: 1, customId: 1 }, { unique: true });
  await collection.createIndex({ ownerId: 1, platform: 1, status: 1, lastUsedAt: 1 });
  return collection;
}

function bareAccounts(first: number, count: number): BareAccount[] {
  const now = new Date();
  return accountsFrom(first, count).map((account) => ({
    ...account,
    ownerId,
    status: 'available',
    lastUsedAt: now,
    lockedAt: null,
  }));
}

/** A collection with as many free accounts. */
export async function fillBare(db: Db, count: number): Promise<Collection<BareAccount>> {
  const collection = await emptyCollection(db, 'leases');
  for (let first = 0; first < count; first += batch)
    await collection.insertMany(bareAccounts(first, Math.min(batch, count - first)), { ordered: false });
  return collection;
}

/** Leases one account at a time with `findOneAndUpdate`. */
export function leaseBare(collection: Collection<BareAccount>, requests: number): Promise<LoadResult> {
  return loop({ connections, requests, seconds: 60 }, async () => {
    const account = await collection.findOneAndUpdate(
      { ownerId, platform, status: 'available' },
      { $set: { status: 'locked', lockedAt: new Date() } },
      { sort: { lastUsedAt: 1 }, projection: { customId: 1, data: 1 } },
    );
    if (!account) throw new Error('the driver found no account');
  });
}

/** Seconds that `bulkWrite` takes for as many accounts in the same batches: as upserts, which is what an upload means. */
export async function uploadBare(db: Db, count: number): Promise<number> {
  const collection = await emptyCollection(db, 'uploads');
  let seconds = 0;
  for (let first = 0; first < count; first += batch) {
    const operations = bareAccounts(first, Math.min(batch, count - first)).map(
      ({ customId, ...rest }): AnyBulkWriteOperation<BareAccount> => ({
        updateOne: { filter: { ownerId, platform, customId }, update: { $set: rest }, upsert: true },
      }),
    );
    const started = performance.now();
    await collection.bulkWrite(operations, { ordered: false });
    seconds += (performance.now() - started) / 1000;
  }
  return seconds;
}

/** The same as plain inserts, which replace nothing. */
export async function insertBare(db: Db, count: number): Promise<number> {
  const collection = await emptyCollection(db, 'inserts');
  let seconds = 0;
  for (let first = 0; first < count; first += batch) {
    const operations = bareAccounts(first, Math.min(batch, count - first)).map(
      (document): AnyBulkWriteOperation<BareAccount> => ({ insertOne: { document } }),
    );
    const started = performance.now();
    await collection.bulkWrite(operations, { ordered: false });
    seconds += (performance.now() - started) / 1000;
  }
  return seconds;
}
