import { randomUUID } from 'node:crypto';
import { isDuplicateKey } from '@portico/mongo';
import { decodeText } from '@portico/smpp';
import mongoose from 'mongoose';
import type { PartsModel, PartsRecord, StoredPart } from './parts.model.ts';
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
  bytes: Buffer;
  dataCoding: number;
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
    const { to, from, total, place, bytes, dataCoding } = part;
    const key = JSON.stringify([to, from, part.reference, total]);
    const now = new Date();
    return model
      .findOneAndUpdate(
        { key, open: true },
        {
          $set: { [`parts.${place}`]: { dataCoding, bytes: bytes.toString('base64') } },
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
    const text = joined(Array.from({ length: total }, (_, index) => parts[String(index + 1)]));
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
      Object.entries(parts).every(([place, { bytes }]) => other.parts[place]?.bytes === bytes),
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

/** Parts of one coding are decoded together: a cut may lie within a character. */
function joined(parts: readonly (StoredPart | undefined)[]): string {
  let text = '';
  let run: Buffer[] = [];
  const flush = (dataCoding: number) => {
    text += decodeText(Buffer.concat(run), dataCoding);
    run = [];
  };
  for (const [index, part] of parts.entries()) {
    if (!part) {
      text += '…';
      continue;
    }
    run.push(Buffer.from(part.bytes, 'base64'));
    if (parts[index + 1]?.dataCoding !== part.dataCoding) flush(part.dataCoding);
  }
  return text;
}
