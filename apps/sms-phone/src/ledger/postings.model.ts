import { Schema, type Connection, type Model } from 'mongoose';
import type { Posting } from './moves.ts';

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
    key: String,
    at: Date,
  },
  { versionKey: false },
);
// The statement of a user; the whole ledger is in the order of its ids.
schema.index({ userId: 1, _id: 1 });
// A grant that is asked for again counts once.
schema.index({ key: 1 }, { unique: true, partialFilterExpression: { key: { $exists: true } } });

export type PostingModel = Model<Posting>;

export const postingModel = (connection: Connection): PostingModel =>
  connection.model<Posting>('Posting', schema, 'ledger');
