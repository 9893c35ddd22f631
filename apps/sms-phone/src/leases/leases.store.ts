import { isDuplicateKey, type Page, type PageRequest } from '@portico/mongo';
import DataLoader from 'dataloader';
import mongoose from 'mongoose';
import type { Hold } from '../ledger/accounts.store.ts';
import type { LeaseProgress } from '../ledger/relay.ts';
import type { LeaseModel, LeaseRecord } from './leases.model.ts';

const { trusted } = mongoose;
const searchMs = 2000;

/** Where there is one lease at a time. */
type Place = Pick<LeaseRecord, 'projectId' | 'phone'>;

const phoneOf = ({ phone }: Place) => phone;
const placeName = ({ projectId, phone }: Place) => JSON.stringify([projectId, phone]);

/** The queries about leases. Each change of state is one conditional write. */
export function createLeaseStore(model: LeaseModel) {
  const change = (filter: object, update: object) =>
    model.findOneAndUpdate(filter, update, { returnDocument: 'after' }).lean<LeaseRecord>().exec();

  /** Whoever has taken a number for a project. Requests that arrive together share a query (measured: get_sms_code). */
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
    /**
     * Begins leases. Of those that began, and of those that recovery has given up before, it says so; the numbers of the
     * others were taken meanwhile.
     */
    async begin(leases: readonly LeaseRecord[]): Promise<Map<string, 'begun' | 'given up'>> {
      const all = leases.map(({ _id }) => _id);
      if (leases.length === 0) return new Map();
      try {
        await model.collection.insertMany(leases as never[], { ordered: false });
        return new Map(all.map((id) => [id, 'begun']));
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const found = await model
          .find({ _id: trusted({ $in: all }) })
          .select('state')
          .lean<Pick<LeaseRecord, '_id' | 'state'>[]>()
          .exec();
        return new Map(found.map(({ _id, state }) => [_id, state === 'void' ? 'given up' : 'begun']));
      }
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

    /** Gives a message to a lease in whose window it came; the first one captures the price. */
    async receive(id: string, messageId: string, time: Date): Promise<LeaseRecord | null> {
      const window = { _id: id, endsAt: trusted({ $gt: time }) };
      const captured = await change(
        { ...window, state: 'active' },
        { $set: { state: 'captured', capturedBy: messageId, unsettledSince: new Date() } },
      );
      return (
        captured ??
        model
          .findOne({ ...window, state: 'captured' })
          .lean<LeaseRecord>()
          .exec()
      );
    },

    /** Ends a lease that has received nothing. */
    end: (id: string, state: 'released' | 'expired', coolsUntil: Date) => {
      const now = new Date();
      const set = { state, unsettledSince: now, coolsUntil, ...(state === 'released' && { endsAt: now }) };
      return change({ _id: id, state: 'active' }, { $set: set });
    },

    /** Ends the window of a lease that has received something: what comes later is nobody's. */
    close: (id: string) => change({ _id: id, state: 'captured' }, { $min: { endsAt: new Date() } }),

    /** Stands where a lease was to be that a crash has prevented; false where the lease has begun. */
    async makeVoid({ lease, userId, amount }: Hold): Promise<boolean> {
      const now = new Date();
      const record = { _id: lease, userId, amount, state: 'void', startedAt: now, endsAt: now };
      try {
        await model.collection.insertOne(record as never);
        return true;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return (await model.countDocuments({ _id: lease, state: 'void' }).exec()) === 1;
      }
    },

    /**
     * How far these leases are, for good: what leaves the wallet because of it does not come back when a primary is lost.
     * Those that have not begun, and never will, are not among them.
     */
    async progressOf(ids: readonly string[]): Promise<Map<string, LeaseProgress>> {
      const found = await model.collection
        .find({ _id: { $in: [...ids] as never[] } }, { readConcern: 'majority' })
        .project<Pick<LeaseRecord, '_id' | 'state' | 'unsettledSince'>>({ state: 1, unsettledSince: 1 })
        // All of them in one answer: the driver asks for 101.
        .batchSize(ids.length + 1)
        .toArray();
      const progress = ({ state, unsettledSince }: Pick<LeaseRecord, 'state' | 'unsettledSince'>) =>
        state === 'active' || unsettledSince ? 'begun' : 'settled';
      return new Map(
        found.filter(({ state }) => state !== 'void').map((lease) => [lease._id, progress(lease)]),
      );
    },

    /** Those of these that are over, while their holds may not have ended. */
    stillUnsettled: (ids: readonly string[]): Promise<LeaseRecord[]> =>
      model
        .find({ _id: trusted({ $in: [...ids] }), unsettledSince: trusted({ $exists: true }) })
        .lean<LeaseRecord[]>()
        .exec(),

    async settled(ids: readonly string[]): Promise<void> {
      await model.updateMany({ _id: trusted({ $in: [...ids] }) }, { $unset: { unsettledSince: 1 } }).exec();
    },

    unsettled: (before: Date, limit: number): Promise<LeaseRecord[]> =>
      model
        .find({ unsettledSince: trusted({ $lt: before }) })
        .limit(limit)
        .lean<LeaseRecord[]>()
        .exec(),

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
      const filter = {
        state: status ?? trusted({ $ne: 'void' as const }),
        ...(phone !== undefined && { phone }),
      };
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
