import { addOutbox, type WithOutbox } from '@portico/outbox';
import { Schema, type Connection, type Model } from 'mongoose';

/** Document 004 gives the first; contract: app-support, enumerations. */
export const feedbackStatus = { new: 0, replied: 1, closed: 2 } as const;
export type FeedbackStatus = (typeof feedbackStatus)[keyof typeof feedbackStatus];

export interface ReplyRecord {
  id: number;
  content: string;
  managerId: number;
  isRead: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** What a user asked, with the answers: replying and reading are each one write. */
export interface FeedbackRecord extends WithOutbox {
  _id: number;
  userId: number;
  content: string;
  status: FeedbackStatus;
  categoryId: number | null;
  contactPhone: string;
  /** Oldest first. */
  replies: ReplyRecord[];
  /** Replies that the user has not read. */
  unread: number;
  createdAt: Date;
  updatedAt: Date;
}

const reply = new Schema<ReplyRecord>(
  {
    id: { type: Number, required: true },
    content: { type: String, required: true },
    managerId: { type: Number, required: true },
    isRead: { type: Boolean, default: false },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { _id: false, id: false },
);
const schema = new Schema<FeedbackRecord>(
  {
    _id: { type: Number, required: true },
    userId: { type: Number, required: true },
    content: { type: String, required: true },
    status: { type: Number, default: feedbackStatus.new },
    categoryId: { type: Number, default: null },
    contactPhone: { type: String, default: '' },
    replies: { type: [reply], default: [] },
    unread: { type: Number, default: 0 },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { versionKey: false },
);
addOutbox(schema);
// A user's list, newest first.
schema.index({ userId: 1, _id: -1 });
// What a user has not read.
schema.index({ userId: 1, unread: 1 });
// The operators' list of one status.
schema.index({ status: 1, _id: -1 });

export type FeedbackModel = Model<FeedbackRecord>;

export const feedbackModel = (connection: Connection): FeedbackModel =>
  connection.model<FeedbackRecord>('Feedback', schema, 'feedback');
