import { isDuplicateKey } from '@portico/mongo';
import mongoose from 'mongoose';
import type { BatchModel, BatchRecord, CountModel, CountRecord } from './counts.model.ts';
import type { Delta } from './deltas.ts';

const { trusted } = mongoose;
const batchId = 'counts';

export type Counted = Pick<CountRecord, 'ownerId' | 'platform' | 'status' | 'count'>;

export interface CountStoreOptions {
  counts: CountModel;
  batches: BatchModel;
}

/** The queries about counts, and the steps of a batch (see the relay). */
export function createCountStore({ counts, batches }: CountStoreOptions) {
  return {
    async readBatch(): Promise<BatchRecord> {
      const found = await batches.findById(batchId).lean<BatchRecord>().exec();
      return found ?? { _id: batchId, number: 0 };
    },

    /** Makes a batch the current one; false when there has been another since the number was read. */
    async beginBatch(number: number, current: NonNullable<BatchRecord['current']>): Promise<boolean> {
      try {
        const { matchedCount, upsertedCount } = await batches.collection.updateOne(
          { _id: batchId as never, number, current: { $exists: false } },
          { $set: { number: number + 1, current } },
          // The very first batch makes the record; later a filter that matches nothing breaks its unique id.
          { upsert: number === 0 },
        );
        return matchedCount + upsertedCount === 1;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },

    /** Adds a batch to the counts, once: a count that has it, or a later one, stays as it is. */
    async apply(batch: number, deltas: readonly Delta[]): Promise<void> {
      if (deltas.length === 0) return;
      await counts.collection.bulkWrite(
        deltas.map(({ _id, ownerId, platform, status }) => ({
          updateOne: {
            filter: { _id: _id as never },
            update: { $setOnInsert: { ownerId, platform, status, count: 0, batch: 0 } },
            upsert: true,
          },
        })),
        { ordered: false },
      );
      await counts.collection.bulkWrite(
        deltas.map(({ _id, count }) => ({
          updateOne: {
            filter: { _id: _id as never, batch: { $lt: batch } },
            update: { $inc: { count }, $set: { batch } },
          },
        })),
        { ordered: false },
      );
    },

    async endBatch(number: number): Promise<void> {
      await batches.collection.updateOne({ _id: batchId as never, number }, { $unset: { current: '' } });
    },

    /** The counts that are not zero. */
    list: (filter: { ownerId?: string; platform?: string; status?: readonly string[] }): Promise<Counted[]> =>
      counts
        .find({
          ...(filter.ownerId !== undefined && { ownerId: filter.ownerId }),
          ...(filter.platform !== undefined && { platform: filter.platform }),
          ...(filter.status && { status: trusted({ $in: [...filter.status] }) }),
          count: trusted({ $gt: 0 }),
        })
        .sort({ _id: 1 })
        .select('-_id ownerId platform status count')
        .lean<Counted[]>()
        .exec(),
  };
}

export type CountStore = ReturnType<typeof createCountStore>;
