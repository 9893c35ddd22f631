import { randomUUID } from 'node:crypto';
import { isDuplicateKey } from '@portico/mongo';
import mongoose from 'mongoose';
import type { PartsModel, PartsRecord } from './parts.model.ts';
import type { Receive } from './receive.ts';

/** One part of a long message. */
export interface Part {
  to: string;
  from: string;
  /** The same in all parts of a message. */
  reference: number;
  total: number;
  /** From 1 on. */
  place: number;
  text: string;
}

const { trusted } = mongoose;
/** Parts that have not come by then will not come: what there is goes on as it is. */
const patienceMs = 5 * 60_000;
/** What was complete and not received by then was cut off. */
const cutOffMs = 2000;
const keepMs = 3600_000;
const batchSize = 100;

/** Joins the parts of long messages, in whatever order they come; each is stored before it is acknowledged. */
export function createJoining(model: PartsModel, receive: Receive) {
  async function store(part: Part): Promise<PartsRecord | null> {
    const { to, from, total, place, text } = part;
    const key = JSON.stringify([to, from, part.reference, total]);
    const now = new Date();
    return model
      .findOneAndUpdate(
        { key, open: true },
        {
          $set: { [`parts.${place}`]: text },
          $setOnInsert: {
            _id: randomUUID(),
            to,
            from,
            total,
            firstAt: now,
            purgeAt: new Date(now.getTime() + keepMs),
          },
        },
        { upsert: true, returnDocument: 'after' },
      )
      .lean<PartsRecord>()
      .exec();
  }

  async function finish(record: PartsRecord): Promise<void> {
    const { _id, to, from, total, parts, firstAt } = record;
    const text = Array.from({ length: total }, (_, index) => parts[String(index + 1)] ?? '…').join('');
    await receive({ provider: 'smpp', providerId: `parts:${_id}`, to, from, text, receivedAt: firstAt });
    await close(_id);
  }

  const close = (_id: string) => model.updateOne({ _id }, { $unset: { open: 1 } }).exec();

  /** Whether all there is was part of a message before: the centre did not hear that it was taken, and sent it again. */
  async function isRepeat({ _id, key, parts }: PartsRecord): Promise<boolean> {
    const others = await model
      .find({ key, _id: trusted({ $ne: _id }) })
      .sort({ firstAt: -1 })
      .limit(batchSize)
      .lean<PartsRecord[]>()
      .exec();
    return others.some((other) =>
      Object.entries(parts).every(([place, text]) => other.parts[place] === text),
    );
  }

  const isComplete = ({ total, parts }: PartsRecord) => Object.keys(parts).length >= total;

  return {
    /** Resolves when the part may be acknowledged. */
    async add(part: Part): Promise<void> {
      // Two parts at once may both begin the message; the second finds what the first began.
      const record = await store(part).catch((error: unknown) => {
        if (isDuplicateKey(error)) return store(part);
        throw error;
      });
      if (record && isComplete(record)) await finish(record);
    },

    /** Finishes what a crash has cut off, and gives up waiting. */
    async recover(): Promise<void> {
      const now = Date.now();
      const open = await model
        .find({ open: true, firstAt: trusted({ $lt: new Date(now - cutOffMs) }) })
        .limit(batchSize)
        .lean<PartsRecord[]>()
        .exec();
      for (const record of open) {
        if (isComplete(record)) await finish(record);
        else if (record.firstAt.getTime() >= now - patienceMs) continue;
        else if (await isRepeat(record)) await close(record._id);
        else await finish(record);
      }
    },
  };
}

export type Joining = ReturnType<typeof createJoining>;
