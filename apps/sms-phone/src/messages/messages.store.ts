import { randomBytes, randomUUID } from 'node:crypto';
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
/** How a connector sends messages again under another id. */
export interface Redelivery {
  /** The same content within this is the same message. */
  windowMs: number;
  /** The leases that run when the message comes: one from before them is another message. */
  leases: readonly string[];
}

let made = 0;
/** Sorts as messages came, within a millisecond too. */
const newMessageId = () => {
  made = (made + 1) % 0x1000000;
  return `${Date.now().toString(36).padStart(9, '0')}${made.toString(16).padStart(6, '0')}${randomBytes(6).toString('hex')}`;
};

/** The queries about messages. */
export function createMessageStore(model: MessageModel, retentionMs: number) {
  const contentOf = ({ to, from, text, provider }: Incoming, leases: readonly string[], stretch: number) =>
    digestOf(JSON.stringify([provider, to, from, text, [...leases].sort(), stretch]));

  return {
    /** Stores a message durably; undefined where it is known already, by its id or, of some connectors, its content. */
    async add(incoming: Incoming, redelivery?: Redelivery): Promise<MessageRecord | undefined> {
      const { providerId, receivedAt, ...members } = incoming;
      let content: string | undefined;
      if (redelivery) {
        const { windowMs, leases } = redelivery;
        const stretch = Math.floor(receivedAt.getTime() / windowMs);
        content = contentOf(incoming, leases, stretch);
        // The stretches beside it: the same content may have come just before the clock struck, or be known as of after.
        const beside = [stretch - 1, stretch + 1].map((other) => contentOf(incoming, leases, other));
        const known = await model
          .find({ content: trusted({ $in: beside }) })
          .select('receivedAt')
          .lean<Pick<MessageRecord, 'receivedAt'>[]>()
          .exec();
        const apart = (other: Date) => Math.abs(receivedAt.getTime() - other.getTime());
        if (known.some((other) => apart(other.receivedAt) < windowMs)) return undefined;
      }
      const record: MessageRecord = {
        ...members,
        _id: newMessageId(),
        ...(providerId !== undefined && { providerId }),
        receivedAt,
        // Unique: of a connector that does not send again, each message has its own.
        content: content ?? randomUUID(),
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
    /** The newest hundred of a lease, in the order in which they came. */
    async ofLease(leaseId: string): Promise<MessageRecord[]> {
      const newest = { receivedAt: -1, _id: -1 } as const;
      const found = await model.find({ leaseId }).sort(newest).limit(100).lean<MessageRecord[]>().exec();
      return found.reverse();
    },
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
          .sort({ receivedAt: -1, _id: -1 })
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
