import type { OutboxEntry } from '@portico/outbox';
import type { DeliveryResult } from '@portico/queue';
import mongoose from 'mongoose';
import { pageId, type PushPage, type PushPageModel } from './push-pages.model.ts';
import type { PushCounts, PushRecord } from './pushes.model.ts';

export const noCounts = (): PushCounts => ({
  targeted: 0,
  sent: 0,
  failed: 0,
  invalid: 0,
  cancelled: 0,
  causes: {},
});

/** Messages that nothing has been heard of yet. */
export const outstanding = ({ targeted, sent, failed, invalid, cancelled }: PushCounts) =>
  targeted - sent - failed - invalid - cancelled;

/** Counts results in the write that removes them from the outbox: each once, whatever comes twice. */
export function countResults(results: readonly DeliveryResult[]) {
  const counts: Record<string, number> = {};
  const add = (name: string) => (counts[name] = (counts[name] ?? 0) + 1);
  for (const { status, cause } of results) {
    add(status);
    if (status !== 'sent') add(`causes.${cause ?? 'provider_error'}`);
  }
  return { $inc: counts };
}

/** A page's counts are final when nothing is outstanding: then they need not be read again. */
export interface Folded {
  counts: PushCounts;
  folded: number;
}

const foldedAtATime = 20;

/** A page with those of its messages that nothing was heard of. */
export type OpenPage = Pick<PushPage, '_id' | 'page'> & { outbox: OutboxEntry[] };

/** The queries about the pages of a fan-out. */
export function createPushPageStore(model: PushPageModel) {
  /** Pages from this one on, without their messages. */
  const countsFrom = (pushId: number, page: number, limit = 0) =>
    model
      .find({ pushId, page: mongoose.trusted({ $gte: page }) })
      .sort({ page: 1 })
      .limit(limit)
      .select('page targeted sent failed invalid cancelled causes')
      .lean<PushPage[]>()
      .exec();

  return {
    /** Writes a page unless it is there; answers what is there. */
    async write(
      pushId: number,
      page: number,
      content: { next: number; outbox: OutboxEntry[] },
    ): Promise<{ next: number; outbox: OutboxEntry[] }> {
      const _id = pageId(pushId, page);
      const { next, outbox } = content;
      const { upsertedCount } = await model.collection.updateOne(
        { _id: _id as never },
        { $setOnInsert: { ...noCounts(), pushId, page, next, targeted: outbox.length, outbox } },
        { upsert: true },
      );
      if (upsertedCount === 1) return content;
      // A runner that ended before it could say so has written it.
      const stored = await model.findById(_id).select('+outbox').lean<PushPage>().exec();
      if (!stored) throw new Error(`page ${_id} was neither written nor found`);
      return { next: stored.next, outbox: stored.outbox ?? [] };
    },
    /** The counts of a push: those folded, and those of its other pages. */
    async total({ _id: pushId, counts, work }: PushRecord): Promise<PushCounts> {
      if (!work || work.step === 'clean') return counts;
      const pages = await countsFrom(pushId, work.folded);
      return pages.reduce(addCounts, counts);
    },
    /** The pages that can be folded now: those before the first that something is outstanding of. */
    async closed({ _id: pushId, counts }: PushRecord, folded: number): Promise<Folded> {
      let next = { counts, folded };
      for (;;) {
        const pages = await countsFrom(pushId, next.folded, foldedAtATime);
        const open = pages.findIndex((page) => outstanding(page) > 0);
        const closed = open < 0 ? pages : pages.slice(0, open);
        next = {
          counts: closed.reduce(addCounts, next.counts),
          folded: (closed.at(-1)?.page ?? next.folded - 1) + 1,
        };
        if (closed.length < foldedAtATime) return next;
      }
    },
    /** Pages of which something has not been heard of yet, in order. */
    open: (pushId: number, afterPage: number, limit: number) =>
      model
        .find({
          pushId,
          page: mongoose.trusted({ $gt: afterPage }),
          'outbox.0': mongoose.trusted({ $exists: true }),
        })
        .sort({ page: 1 })
        .limit(limit)
        .select('page +outbox')
        .lean<OpenPage[]>()
        .exec(),
    /** Takes messages out that will not be sent; those that a result took out meanwhile are left alone. */
    async takeBack(page: string, messageIds: readonly string[]): Promise<void> {
      const take = async (ids: readonly string[]) => {
        const { matchedCount } = await model.collection.updateOne(
          { _id: page as never, 'outbox._id': { $all: ids } },
          { $pull: { outbox: { _id: { $in: ids } } } as never, $inc: { cancelled: ids.length } },
        );
        return matchedCount === 1;
      };
      if (messageIds.length === 0 || (await take(messageIds))) return;
      for (const id of messageIds) await take([id]);
    },
    async removeAllOf(pushId: number): Promise<void> {
      await model.deleteMany({ pushId }).exec();
    },
  };
}

export type PushPageStore = ReturnType<typeof createPushPageStore>;

function addCounts(sum: PushCounts, page: PushCounts): PushCounts {
  const causes = { ...sum.causes };
  for (const [cause, count] of Object.entries(page.causes ?? {})) {
    causes[cause] = (causes[cause] ?? 0) + count;
  }
  return {
    targeted: sum.targeted + page.targeted,
    sent: sum.sent + page.sent,
    failed: sum.failed + page.failed,
    invalid: sum.invalid + page.invalid,
    cancelled: sum.cancelled + page.cancelled,
    causes,
  };
}
