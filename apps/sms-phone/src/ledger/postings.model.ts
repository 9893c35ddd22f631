import { Schema, type Connection, type Model } from 'mongoose';
import type { Posting } from './entries.ts';

const schema = new Schema<Posting>(
  {
    _id: { type: String, required: true },
    transaction: String,
    type: String,
    account: String,
    userId: { type: Number, default: null },
    username: { type: String, default: null },
    amount: Number,
    lease: String,
    reason: String,
    at: Date,
  },
  { versionKey: false },
);
// The statement of a user.
schema.index({ userId: 1, at: 1, _id: 1 });
// The whole ledger.
schema.index({ at: 1, _id: 1 });

export type PostingModel = Model<Posting>;

export const postingModel = (connection: Connection): PostingModel =>
  connection.model<Posting>('Posting', schema, 'ledger');
