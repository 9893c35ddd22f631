import type { mongo } from 'mongoose';
import type { Channel, DeliveryJob } from '@portico/queue';
import type { DeliveryReceipt } from '../providers/provider.ts';
import type { Delivery, DeliveryModel } from './deliveries.model.ts';
import { createJoiner } from './joiner.ts';

export interface Claimed {
  claimed: true;
  id: string;
  fence: number;
  attempts: number;
  unknownOutcomes: number;
}

/** Why a message is not ours to send now. */
export type Refused =
  | { claimed: false; because: 'done'; delivery: Delivery }
  /** Somebody has it, or its next attempt is not due. */
  | { claimed: false; because: 'later'; at: Date };

/** What an attempt came to; written only while the fence still holds. */
export interface Finish {
  id: string;
  fence: number;
  set: Partial<Delivery>;
  unset?: (keyof Delivery)[];
}

export interface DeliveryStoreOptions {
  model: DeliveryModel;
  /** This process. */
  owner: string;
  /** Shorter than the queue's lock: whoever gets the job next may have it by then. */
  leaseMs: number;
}

export type DeliveryStore = ReturnType<typeof createDeliveryStore>;

/**
 * The record of deliveries. Claims and finishes that come together go to the database together: two bulk writes for
 * hundreds of messages instead of two round trips for each.
 */
export function createDeliveryStore({ model, owner, leaseMs }: DeliveryStoreOptions) {
  const collection = model.collection as unknown as mongo.Collection<Delivery>;
  /** Claims in hand, by id, with when their lease was renewed last. */
  const held = new Map<string, { fence: number; renewed: number }>();

  const claimNew = createJoiner(
    async (jobs: { channel: Channel; job: DeliveryJob }[]): Promise<boolean[]> => {
      const now = new Date();
      const documents = jobs.map(({ channel, job }): Delivery => ({
        _id: job.id,
        channel,
        service: job.service,
        ...(job.requestId !== undefined && { requestId: job.requestId }),
        state: 'sending',
        owner,
        fence: 1,
        leaseUntil: new Date(now.getTime() + leaseMs),
        attempts: 1,
        createdAt: now,
        updatedAt: now,
      }));
      const taken = await insertNew(collection, documents);
      return documents.map((_document, index) => !taken.has(index));
    },
  );

  const claimAgain = async (id: string): Promise<Claimed | Refused> => {
    const now = new Date();
    const delivery = await collection.findOneAndUpdate(
      {
        _id: id,
        $or: [
          { state: 'waiting', nextAttemptAt: { $lte: now } },
          { state: 'sending', leaseUntil: { $lte: now } },
        ],
      },
      {
        $set: { state: 'sending', owner, leaseUntil: new Date(now.getTime() + leaseMs), updatedAt: now },
        $inc: { fence: 1, attempts: 1 },
      },
      { returnDocument: 'after' },
    );
    if (delivery) {
      const { fence, attempts, unknownOutcomes = 0 } = delivery;
      return { claimed: true, id, fence, attempts, unknownOutcomes };
    }
    const other = await collection.findOne({ _id: id });
    // Gone in between; whoever asks again may have it.
    if (!other) return { claimed: false, because: 'later', at: now };
    if (other.state === 'sending') return { claimed: false, because: 'later', at: other.leaseUntil ?? now };
    if (other.state === 'waiting')
      return { claimed: false, because: 'later', at: other.nextAttemptAt ?? now };
    return { claimed: false, because: 'done', delivery: other };
  };

  const finish = createJoiner(async (finishes: Finish[]): Promise<boolean[]> => {
    const updatedAt = new Date();
    const { matchedCount } = await collection.bulkWrite(
      finishes.map(({ id, fence, set, unset = [] }) => ({
        updateOne: {
          filter: { _id: id, owner, fence },
          update: {
            $set: { ...set, updatedAt },
            $unset: Object.fromEntries(['leaseUntil', ...unset].map((name) => [name, ''])),
          },
        },
      })),
      { ordered: false },
    );
    if (matchedCount === finishes.length) return finishes.map(() => true);
    // Rare: somebody else took one over. Which one it was, only the documents can say.
    const ids = finishes.map(({ id }) => id);
    const documents = await collection
      .find({ _id: { $in: ids } }, { projection: { fence: 1, owner: 1 } })
      .toArray();
    const fences = new Map(documents.map((document) => [document._id, document]));
    return finishes.map(({ id, fence }) => {
      const document = fences.get(id);
      return document?.fence === fence && document.owner === owner;
    });
  });

  return {
    /** Takes a message for this process, or says why not. */
    async claim(channel: Channel, job: DeliveryJob): Promise<Claimed | Refused> {
      const claim: Claimed | Refused = (await claimNew({ channel, job }))
        ? { claimed: true, id: job.id, fence: 1, attempts: 1, unknownOutcomes: 0 }
        : await claimAgain(job.id);
      if (claim.claimed) held.set(job.id, { fence: claim.fence, renewed: Date.now() });
      return claim;
    },

    /** Records what an attempt came to. False when the message is no longer ours. */
    async finish(write: Finish): Promise<boolean> {
      const ours = await finish(write);
      held.delete(write.id);
      return ours;
    },

    /** Gives up a claim without a word; its lease ends by itself. */
    drop(id: string): void {
      held.delete(id);
    },

    /** Renews the leases of what is in hand for longer than a third of a lease. Called every third of a lease. */
    async renew(): Promise<void> {
      const now = Date.now();
      const due = [...held].filter(([, { renewed }]) => renewed <= now - leaseMs / 3 + 50);
      if (due.length === 0) return;
      await collection.updateMany(
        { _id: { $in: due.map(([id]) => id) }, owner, state: 'sending' },
        { $set: { leaseUntil: new Date(now + leaseMs) } },
      );
      for (const [, lease] of due) lease.renewed = now;
    },

    /** Notes what the provider said later. Answers whether anybody knows the message. */
    async receipt({ messageId, state, code }: DeliveryReceipt): Promise<boolean> {
      const named = { $or: [{ providerMessageId: messageId }, { providerPartIds: sameId(messageId) }] };
      // A part that did not arrive counts for the whole message, whatever is said of the others later.
      const filter = state === 'UNDELIV' ? named : { ...named, 'receipt.state': { $ne: 'UNDELIV' } };
      const { matchedCount } = await collection.updateOne(filter, {
        $set: { receipt: { state, ...(code !== undefined && { code }), at: new Date() } },
      });
      return matchedCount === 1 || (await collection.countDocuments(named, { limit: 1 })) === 1;
    },
  };
}

/** Centres write an id with and without its leading zeros, in small letters and capitals. */
export const sameId = (id: string): string => id.toLowerCase().replace(/^0+(?=.)/, '');

const duplicateKey = 11000;

/** Inserts what is not there yet and answers the positions of what was. */
async function insertNew(
  collection: mongo.Collection<Delivery>,
  documents: Delivery[],
): Promise<Set<number>> {
  try {
    await collection.insertMany(documents, { ordered: false });
    return new Set();
  } catch (error) {
    const errors = writeErrorsOf(error);
    if (errors.length === 0 || errors.some(({ code }) => code !== duplicateKey)) throw error;
    return new Set(errors.map(({ index }) => index));
  }
}

function writeErrorsOf(error: unknown): { code: number; index: number }[] {
  const { writeErrors } = error as { writeErrors?: unknown };
  if (writeErrors === undefined) return [];
  const list = Array.isArray(writeErrors) ? writeErrors : [writeErrors];
  return list.map((one: { code: number; index: number }) => ({ code: one.code, index: one.index }));
}
