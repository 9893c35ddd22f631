import type { Page, PageRequest, Sequence } from '@portico/mongo';
import type { OutboxEntry } from '@portico/outbox';
import mongoose from 'mongoose';
import {
  feedbackStatus,
  type FeedbackModel,
  type FeedbackRecord,
  type FeedbackStatus,
  type ReplyRecord,
} from './feedback.model.ts';

export interface FeedbackStoreOptions {
  model: FeedbackModel;
  ids: Sequence;
}

/** More answers than a conversation has; it keeps the document small. */
export const maxReplies = 200;

/** The queries about feedback; those of users carry the owner. */
export function createFeedbackStore({ model, ids }: FeedbackStoreOptions) {
  async function page(filter: object, { skip, limit }: PageRequest): Promise<Page<FeedbackRecord>> {
    const [items, total] = await Promise.all([
      model.find(filter).sort({ _id: -1 }).skip(skip).limit(limit).lean<FeedbackRecord[]>().exec(),
      model.countDocuments(filter).exec(),
    ]);
    return { items, total };
  }

  return {
    async create(
      feedback: Pick<FeedbackRecord, 'userId' | 'content' | 'categoryId' | 'contactPhone'>,
    ): Promise<FeedbackRecord> {
      const now = new Date();
      const record = { ...feedback, _id: await ids.reserve(), createdAt: now, updatedAt: now };
      return (await model.create(record)).toObject<FeedbackRecord>();
    },
    listOf: (userId: number, request: PageRequest) => page({ userId }, request),
    list: (status: FeedbackStatus | undefined, request: PageRequest) =>
      page(status === undefined ? {} : { status }, request),
    async remove(userId: number, id: number): Promise<boolean> {
      const { deletedCount } = await model.deleteOne({ _id: id, userId }).exec();
      return deletedCount === 1;
    },
    removeAllOf: (userId: number) => model.deleteMany({ userId }).exec(),
    find: (id: number) => model.findOne({ _id: id }).lean<FeedbackRecord>().exec(),
    /** Answers the replies as they were before they were read. */
    readReplies: (userId: number, id: number) =>
      model
        .findOneAndUpdate(
          { _id: id, userId, 'replies.0': mongoose.trusted({ $exists: true }) },
          { $set: { 'replies.$[].isRead': true, unread: 0 } },
          { returnDocument: 'before' },
        )
        .lean<FeedbackRecord>()
        .exec(),
    async countUnread(userId: number): Promise<number> {
      const found = await model
        .find({ userId, unread: mongoose.trusted({ $gt: 0 }) })
        .select('unread')
        .lean<{ unread: number }[]>()
        .exec();
      return found.reduce((sum, { unread }) => sum + unread, 0);
    },
    /** Adds a reply and tells of it in one write; answers whether there was room. */
    async reply(id: number, reply: ReplyRecord, outbox: readonly OutboxEntry[]): Promise<boolean> {
      const { matchedCount } = await model
        .updateOne(
          { _id: id, [`replies.${maxReplies - 1}`]: mongoose.trusted({ $exists: false }) },
          {
            $push: { replies: reply, ...(outbox.length > 0 && { outbox: { $each: [...outbox] } }) },
            $inc: { unread: 1 },
            $set: { status: feedbackStatus.replied, updatedAt: reply.createdAt },
          },
        )
        .exec();
      return matchedCount === 1;
    },
    setStatus: (id: number, status: FeedbackStatus) =>
      model
        .findOneAndUpdate(
          { _id: id },
          { $set: { status, updatedAt: new Date() } },
          { returnDocument: 'after' },
        )
        .lean<FeedbackRecord>()
        .exec(),
  };
}

export type FeedbackStore = ReturnType<typeof createFeedbackStore>;
