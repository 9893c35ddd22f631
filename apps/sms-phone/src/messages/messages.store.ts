import { randomUUID } from 'node:crypto';
import { digestOf } from '@portico/auth';
import { isDuplicateKey, type Page, type PageRequest } from '@portico/mongo';
import mongoose from 'mongoose';
import type { MessageModel, MessageRecord } from './messages.model.ts';

/** A message as a connector brings it. */
export interface Incoming {
  provider: string;
  providerId?: string | undefined;
  to: string;
  from: string;
  text: string;
  receivedAt: Date;
}

const { trusted } = mongoose;
const searchMs = 2000;
/** The same sender, receiver and text within this is the same message under another name. */
const sameWithinMs = 10 * 60_000;

/** The queries about messages. */
export function createMessageStore(model: MessageModel, retentionMs: number) {
  const contentOf = ({ to, from, text }: Incoming, stretch: number) =>
    digestOf(JSON.stringify([to, from, text, stretch]));

  return {
    /** Stores a message durably; undefined where it is known already. */
    async add(incoming: Incoming): Promise<MessageRecord | undefined> {
      const { providerId, receivedAt, ...members } = incoming;
      const stretch = Math.floor(receivedAt.getTime() / sameWithinMs);
      // The stretches beside it: the same content may have come just before the clock struck, or be known as of after.
      const beside = [stretch - 1, stretch + 1].map((other) => contentOf(incoming, other));
      const known = await model
        .find({ content: trusted({ $in: beside }) })
        .select('receivedAt')
        .lean<Pick<MessageRecord, 'receivedAt'>[]>()
        .exec();
      const apart = (other: Date) => Math.abs(receivedAt.getTime() - other.getTime());
      if (known.some((other) => apart(other.receivedAt) < sameWithinMs)) return undefined;
      const record: MessageRecord = {
        ...members,
        _id: randomUUID(),
        ...(providerId !== undefined && { providerId }),
        receivedAt,
        content: contentOf(incoming, stretch),
        state: 'stored',
        leaseId: null,
        reason: null,
        purgeAt: new Date(receivedAt.getTime() + retentionMs),
      };
      try {
        await model.collection.insertOne(record as never);
        return record;
      } catch (error) {
        if (isDuplicateKey(error)) return undefined;
        throw error;
      }
    },
    async assign(id: string, leaseId: string): Promise<void> {
      await model.updateOne({ _id: id, state: 'stored' }, { $set: { state: 'matched', leaseId } }).exec();
    },
    async leave(id: string, reason: string): Promise<void> {
      await model.updateOne({ _id: id, state: 'stored' }, { $set: { state: 'unmatched', reason } }).exec();
    },
    ofLease: (leaseId: string): Promise<MessageRecord[]> =>
      model.find({ leaseId }).sort({ receivedAt: 1 }).limit(100).lean<MessageRecord[]>().exec(),
    stored: (before: Date, limit: number): Promise<MessageRecord[]> =>
      model
        .find({ state: 'stored', receivedAt: trusted({ $lt: before }) })
        .sort({ receivedAt: 1 })
        .limit(limit)
        .lean<MessageRecord[]>()
        .exec(),
    async list(
      { unmatched, phone }: { unmatched?: boolean | undefined; phone?: string | RegExp | undefined },
      { skip, limit }: PageRequest,
    ): Promise<Page<MessageRecord>> {
      const filter = {
        ...(unmatched !== undefined && { state: unmatched ? 'unmatched' : trusted({ $ne: 'unmatched' }) }),
        ...(phone !== undefined && { to: phone }),
      };
      const [items, total] = await Promise.all([
        model
          .find(filter as object)
          .sort({ receivedAt: -1 })
          .skip(skip)
          .limit(limit)
          .maxTimeMS(searchMs)
          .lean<MessageRecord[]>()
          .exec(),
        model
          .countDocuments(filter as object)
          .maxTimeMS(searchMs)
          .exec(),
      ]);
      return { items, total };
    },
  };
}

export type MessageStore = ReturnType<typeof createMessageStore>;
