import { trusted } from 'mongoose';
import type { Channel, Producers } from '@portico/queue';
import type { Page, PageRequest } from '@portico/mongo';
import type { Delivery, DeliveryModel } from '../deliveries/deliveries.model.ts';

/** A message that did not go out, as operators see it: with its reason, without its text. */
export type DeadLetter = Omit<Delivery, 'job' | 'owner' | 'fence'>;

const projection = { job: 0, owner: 0, fence: 0 } as const;
/** A replay whose job is gone with Redis becomes a dead letter again after this. */
const lostAfterMs = 15 * 60_000;

export interface DeadLetters {
  list(page: PageRequest, channel?: Channel): Promise<Page<DeadLetter>>;
  /** Tries a dead letter again, as new, under a new job id. Answers that id; undefined when there is no such letter. */
  replay(id: string): Promise<string | undefined>;
  /** Puts back replays that nobody works on. */
  rescue(): Promise<void>;
}

export function createDeadLetters(model: DeliveryModel, producers: Producers): DeadLetters {
  return {
    async list({ skip, limit }, channel) {
      const filter = { deadAt: trusted({ $exists: true }), ...(channel && { channel }) };
      const [items, total] = await Promise.all([
        model.find(filter, projection).sort({ deadAt: -1, _id: 1 }).skip(skip).limit(limit).lean(),
        model.countDocuments(filter),
      ]);
      return { items, total };
    },
    async replay(id) {
      const now = new Date();
      const letter = await model
        .findOneAndUpdate(
          { _id: id, deadAt: trusted({ $exists: true }) },
          {
            $set: { state: 'waiting', attempts: 0, unknownOutcomes: 0, nextAttemptAt: now, updatedAt: now },
            $unset: { deadAt: '', purgeAt: '' },
            $inc: { replays: 1 },
          },
          { returnDocument: 'before' },
        )
        .select('+job')
        .lean();
      if (!letter?.job) return undefined;
      const suffix = `-r${(letter.replays ?? 0) + 1}`;
      try {
        await producers.enqueue(letter.channel, [letter.job], suffix);
      } catch (error) {
        const { state, deadAt, purgeAt } = letter;
        await model.updateOne({ _id: id, state: 'waiting' }, { $set: { state, deadAt, purgeAt } });
        throw error;
      }
      return id + suffix;
    },
    async rescue() {
      const now = new Date();
      await model.updateMany(
        {
          replays: trusted({ $gt: 0 }),
          state: trusted({ $in: ['waiting', 'sending'] }),
          updatedAt: trusted({ $lt: new Date(now.getTime() - lostAfterMs) }),
          deadAt: trusted({ $exists: false }),
        },
        { $set: { state: 'dead', deadAt: now, reason: 'the replay was lost', updatedAt: now } },
      );
    },
  };
}
