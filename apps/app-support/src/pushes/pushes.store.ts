import type { Page, PageRequest, Sequence } from '@portico/mongo';
import mongoose from 'mongoose';
import { noCounts } from './push-pages.store.ts';
import {
  everybody,
  pushStatus,
  type PushCounts,
  type PushModel,
  type PushRecord,
  type PushWork,
} from './pushes.model.ts';

export interface PushStoreOptions {
  model: PushModel;
  ids: Sequence;
}

export type NewPush = Pick<
  PushRecord,
  'title' | 'body' | 'scope' | 'audience' | 'managerId' | 'requestId' | 'scheduledAt'
>;

/** What a user may see: by whom, since when, without which. */
export interface Visible {
  userId: number;
  /** Registration, or the last time the log was cleared. */
  since: Date;
  /** Whether a push of that very moment is meant. */
  inclusive: boolean;
  except: readonly number[];
}

/** Under which a push can be cancelled: not everything has left. */
const cancellable: PushWork['step'][] = ['publish', 'fanOut', 'settle'];
const logFields = 'title body scope managerId publishedAt createdAt updatedAt';

/** The queries about pushes. */
export function createPushStore({ model, ids }: PushStoreOptions) {
  const seenBy = ({ userId, since, inclusive, except }: Visible) => ({
    audience: mongoose.trusted({ $in: [everybody, userId] }),
    publishedAt: mongoose.trusted(inclusive ? { $gte: since } : { $gt: since }),
    ...(except.length > 0 && { _id: mongoose.trusted({ $nin: [...except] }) }),
  });

  return {
    async create(push: NewPush): Promise<PushRecord> {
      const now = new Date();
      const work: PushWork = {
        step: 'publish',
        due: push.scheduledAt ?? now,
        runner: null,
        cursor: 0,
        page: 0,
        folded: 0,
        upTo: 0,
        writtenAt: null,
      };
      const record: PushRecord = {
        ...push,
        _id: await ids.reserve(),
        status: pushStatus.pending,
        counts: noCounts(),
        work,
        createdAt: now,
        updatedAt: now,
      };
      await model.create(record);
      return record;
    },
    find: (id: number) => model.findOne({ _id: id }).lean<PushRecord>().exec(),
    async list({ skip, limit }: PageRequest): Promise<Page<PushRecord>> {
      const [items, total] = await Promise.all([
        model.find().sort({ _id: -1 }).skip(skip).limit(limit).lean<PushRecord[]>().exec(),
        model.countDocuments().exec(),
      ]);
      return { items, total };
    },
    /** Answers undefined where there is nothing left to cancel. */
    async cancel(id: number): Promise<PushRecord | undefined> {
      const now = new Date();
      const cancelled = await model
        .findOneAndUpdate(
          { _id: id, status: pushStatus.pending, 'work.step': mongoose.trusted({ $in: cancellable }) },
          {
            $set: {
              status: pushStatus.cancelled,
              'work.step': 'withdraw',
              'work.runner': null,
              'work.due': now,
              updatedAt: now,
            },
            $unset: { publishedAt: 1 },
          },
          { returnDocument: 'after' },
        )
        .lean<PushRecord>()
        .exec();
      return cancelled ?? undefined;
    },

    async log(visible: Visible, { skip, limit }: PageRequest): Promise<Page<PushRecord>> {
      const filter = seenBy(visible);
      const [items, total] = await Promise.all([
        model
          .find(filter)
          .sort({ publishedAt: -1, _id: -1 })
          .skip(skip)
          .limit(limit)
          .select(logFields)
          .lean<PushRecord[]>()
          .exec(),
        model.countDocuments(filter).exec(),
      ]);
      return { items, total };
    },
    countVisible: (visible: Visible) => model.countDocuments(seenBy(visible)).exec(),
    /** Those of these pushes that a user may see. */
    visibleAmong: (visible: Visible, pushIds: readonly number[]) =>
      model
        .find({ ...seenBy({ ...visible, except: [] }), _id: mongoose.trusted({ $in: [...pushIds] }) })
        .select(logFields)
        .lean<PushRecord[]>()
        .exec(),

    /** Pushes that somebody has to do something about, longest due first. */
    due: (now: Date, limit: number) =>
      model
        .find({ 'work.due': mongoose.trusted({ $lte: now }) })
        .sort({ 'work.due': 1 })
        .limit(limit)
        .select('work')
        .lean<(Pick<PushRecord, '_id'> & { work: PushWork })[]>()
        .exec(),
    /** Takes the work on a push, if it is still as it was seen. */
    claim: (id: number, seen: PushWork, runner: string, until: Date) =>
      model
        .findOneAndUpdate(
          { _id: id, 'work.due': seen.due, 'work.runner': seen.runner, 'work.step': seen.step },
          { $set: { 'work.due': until, 'work.runner': runner } },
          { returnDocument: 'after' },
        )
        .lean<PushRecord>()
        .exec(),
    /** Changes a push that `runner` still holds, in this step; answers null when it does not. */
    change: (id: number, held: { runner: string; step: PushWork['step'] }, change: PushChange) =>
      model
        .findOneAndUpdate(
          { _id: id, 'work.runner': held.runner, 'work.step': held.step },
          {
            $set: changeFields(change),
            ...(change.done && { $unset: { work: 1 } }),
          },
          { returnDocument: 'after' },
        )
        .lean<PushRecord>()
        .exec(),
  };
}

export type PushStore = ReturnType<typeof createPushStore>;

export interface PushChange {
  work?: Partial<PushWork>;
  status?: PushRecord['status'];
  publishedAt?: Date;
  counts?: PushCounts;
  /** There is nothing left to do. */
  done?: boolean;
}

function changeFields({ work = {}, done, ...fields }: PushChange): object {
  const ofWork = Object.entries(work).map(([name, value]) => [`work.${name}`, value] as const);
  return { ...fields, ...(done ? {} : Object.fromEntries(ofWork)), updatedAt: new Date() };
}
