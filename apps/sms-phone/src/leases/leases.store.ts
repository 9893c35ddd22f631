import type { Page, PageRequest } from '@portico/mongo';
import DataLoader from 'dataloader';
import mongoose, { type ClientSession } from 'mongoose';
import { OutdatedError } from '../ledger/outdated.ts';
import type { LeaseModel, LeaseRecord } from './leases.model.ts';

const { trusted } = mongoose;
const searchMs = 2000;

/** Where there is one lease at a time. */
type Place = Pick<LeaseRecord, 'projectId' | 'phone'>;

/** How a lease that runs ends, and what is written of it. */
export interface End {
  lease: LeaseRecord;
  change:
    | { state: 'released'; endsAt: Date; coolsUntil: Date }
    | { state: 'expired'; coolsUntil: Date }
    | { state: 'captured'; capturedBy: string };
}

const phoneOf = ({ phone }: Place) => phone;
const placeName = ({ projectId, phone }: Place) => JSON.stringify([projectId, phone]);

/** The queries about leases. */
export function createLeaseStore(model: LeaseModel) {
  /** The lease that has taken a number for a project. Requests that arrive together share a query (measured: get_sms_code). */
  const takenBy = new DataLoader<Place, LeaseRecord | undefined>(
    async (places) => {
      const byProject = [...Map.groupBy(places, ({ projectId }) => projectId)];
      const found = await Promise.all(
        byProject.map(([projectId, wanted]) =>
          model
            .find({ projectId, phone: trusted({ $in: [...new Set(wanted.map(phoneOf))] }), occupied: true })
            .lean<LeaseRecord[]>()
            .exec(),
        ),
      );
      const byPlace = new Map(found.flat().map((lease) => [placeName(lease), lease]));
      return places.map((place) => byPlace.get(placeName(place)));
    },
    { cache: false, maxBatchSize: 500, batchScheduleFn: (run) => setImmediate(run) },
  );

  return {
    /** Begins leases; breaks a unique index where a number was taken meanwhile. */
    async begin(leases: readonly LeaseRecord[], session: ClientSession): Promise<void> {
      await model.collection.insertMany(leases as never[], { session });
    },

    /**
     * Ends leases.
     *
     * @throws OutdatedError where one of them does not run any more
     */
    async end(ends: readonly End[], session: ClientSession): Promise<void> {
      const { matchedCount } = await model.collection.bulkWrite(
        ends.map(({ lease, change }) => ({
          updateOne: { filter: { _id: lease._id as never, state: 'active' }, update: { $set: change } },
        })),
        { session },
      );
      if (matchedCount < ends.length) throw new OutdatedError('a lease has ended');
    },

    /** Those of these leases that run. */
    async running(ids: readonly string[]): Promise<Set<string>> {
      const filter = { _id: trusted({ $in: [...ids] }), state: 'active' as const };
      const found = await model.find(filter).select('_id').lean<Pick<LeaseRecord, '_id'>[]>().exec();
      return new Set(found.map(({ _id }) => _id));
    },

    /** Which of these numbers are taken for a project. */
    async occupied(projectId: string, phones: readonly string[]): Promise<Set<string>> {
      const found = await model
        .find({ projectId, phone: trusted({ $in: [...phones] }), occupied: true })
        .select('-_id phone')
        .lean<{ phone: string }[]>()
        .exec();
      return new Set(found.map(({ phone }) => phone));
    },

    /** The lease of a user that runs, or has received something. Its number is taken for the project either way. */
    async findOwn(userId: number, projectId: string, phone: string): Promise<LeaseRecord | undefined> {
      const lease = await takenBy.load({ projectId, phone });
      const isOwn = lease?.userId === userId && (lease.state === 'active' || lease.state === 'captured');
      return isOwn ? lease : undefined;
    },

    /** The leases of a number in whose window a time lies. */
    at: (phone: string, time: Date): Promise<LeaseRecord[]> =>
      model
        .find({
          phone,
          startedAt: trusted({ $lte: time }),
          endsAt: trusted({ $gt: time }),
          state: trusted({ $in: ['active', 'captured'] }),
        })
        .sort({ startedAt: 1 })
        .lean<LeaseRecord[]>()
        .exec(),

    /** Whether a lease has received something and takes more that came at this time. */
    isCaptured: async (id: string, time: Date): Promise<boolean> =>
      (await model.exists({ _id: id, state: 'captured', endsAt: trusted({ $gt: time }) })) !== null,

    /** Ends the window of a lease that has received something: what comes later is nobody's. */
    async close(id: string): Promise<void> {
      await model.updateOne({ _id: id, state: 'captured' }, { $min: { endsAt: new Date() } }).exec();
    },

    over: (now: Date, limit: number): Promise<LeaseRecord[]> =>
      model
        .find({ state: 'active', endsAt: trusted({ $lte: now }) })
        .limit(limit)
        .lean<LeaseRecord[]>()
        .exec(),

    /** The lease that should have ended first. */
    firstOver: (now: Date): Promise<Pick<LeaseRecord, 'endsAt'> | null> =>
      model
        .findOne({ state: 'active', endsAt: trusted({ $lte: now }) })
        .sort({ endsAt: 1 })
        .select('endsAt')
        .lean<Pick<LeaseRecord, 'endsAt'>>()
        .exec(),

    /** Numbers that have rested may be leased again. */
    async free(now: Date): Promise<void> {
      await model
        .updateMany(
          { coolsUntil: trusted({ $lte: now }), state: trusted({ $in: ['released', 'expired'] }) },
          { $unset: { occupied: 1, coolsUntil: 1 } },
        )
        .exec();
    },

    async list(
      { status, phone }: { status?: LeaseRecord['state'] | undefined; phone?: string | RegExp | undefined },
      { skip, limit }: PageRequest,
    ): Promise<Page<LeaseRecord>> {
      const filter = { ...(status && { state: status }), ...(phone !== undefined && { phone }) };
      const [items, total] = await Promise.all([
        model
          .find(filter)
          .sort({ _id: -1 })
          .skip(skip)
          .limit(limit)
          .maxTimeMS(searchMs)
          .lean<LeaseRecord[]>()
          .exec(),
        model.countDocuments(filter).maxTimeMS(searchMs).exec(),
      ]);
      return { items, total };
    },
  };
}

export type LeaseStore = ReturnType<typeof createLeaseStore>;
