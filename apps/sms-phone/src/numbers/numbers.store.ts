import { type Page, type PageRequest } from '@portico/mongo';
import mongoose from 'mongoose';
import type { NumberModel, NumberRecord, NumberStatus } from './numbers.model.ts';

const { trusted } = mongoose;
const searchMs = 2000;

export type NewNumber = Pick<NumberRecord, '_id' | 'carrier' | 'kind'> & { note?: string | null | undefined };

/** What numbers are looked for; 0 is any. */
export interface NumberFilter {
  carrier: number;
  kind: number;
}

/** The queries about the inventory. */
export function createNumberStore(model: NumberModel) {
  return {
    /** Adds numbers, and renews those that are there; their status stays. */
    async upsert(numbers: readonly NewNumber[]): Promise<{ created: number; updated: number }> {
      const unique = [...new Map(numbers.map((number) => [number._id, number])).values()];
      const now = new Date();
      const { upsertedCount } = await model.collection.bulkWrite(
        unique.map(({ _id, carrier, kind, note }) => ({
          updateOne: {
            filter: { _id: _id as never },
            update: {
              $set: { carrier, kind, updatedAt: now, ...(note !== undefined && { note }) },
              $setOnInsert: {
                status: 'active',
                rank: Math.random(),
                createdAt: now,
                ...(note === undefined && { note: null }),
              },
            },
            upsert: true,
          },
        })),
        { ordered: false },
      );
      return { created: upsertedCount, updated: numbers.length - upsertedCount };
    },
    find: (phone: string) => model.findById(phone).lean<NumberRecord>().exec(),
    /** Active numbers above one place and up to another, in their random order. */
    between: (above: number, upTo: number, filter: NumberFilter, limit: number) =>
      model
        .find({
          status: 'active',
          rank: trusted({ $gt: above, $lte: upTo }),
          ...(filter.carrier !== 0 && { carrier: filter.carrier }),
          ...(filter.kind !== 0 && { kind: filter.kind }),
        })
        .sort({ rank: 1 })
        .limit(limit)
        .select('rank')
        .lean<Pick<NumberRecord, '_id' | 'rank'>[]>()
        .exec(),
    setStatus: (phone: string, status: NumberStatus) =>
      model
        .findOneAndUpdate(
          { _id: phone },
          { $set: { status, updatedAt: new Date() } },
          { returnDocument: 'after' },
        )
        .lean<NumberRecord>()
        .exec(),
    async list(
      { status, phone }: { status?: NumberStatus | undefined; phone?: string | RegExp | undefined },
      { skip, limit }: PageRequest,
    ): Promise<Page<NumberRecord>> {
      const filter = { ...(status && { status }), ...(phone !== undefined && { _id: phone as never }) };
      const [items, total] = await Promise.all([
        model
          .find(filter)
          .sort({ _id: 1 })
          .skip(skip)
          .limit(limit)
          .maxTimeMS(searchMs)
          .lean<NumberRecord[]>()
          .exec(),
        model.countDocuments(filter).maxTimeMS(searchMs).exec(),
      ]);
      return { items, total };
    },
  };
}

export type NumberStore = ReturnType<typeof createNumberStore>;
