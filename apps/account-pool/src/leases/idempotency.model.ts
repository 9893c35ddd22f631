import { Schema, type Connection, type Model } from 'mongoose';

/** What was answered to an acquire that carried an idempotency key. */
export interface IdempotencyRecord {
  /** Digest of owner and key: keys are chosen by clients and may be long. */
  _id: string;
  /** What the first request asked for: another request under the same key is a mistake. */
  platform: string;
  count: number;
  /** The operation of the try that is under way, or was the last. A new one takes over from one that died. */
  operation: string;
  startedAt: Date;
  /** The leases that were granted; missing while the try is under way. */
  leases?: { id: number; leaseToken: number; expiresAt: Date | null }[];
  createdAt: Date;
}

const schema = new Schema<IdempotencyRecord>(
  {
    _id: { type: String, required: true },
    platform: String,
    count: Number,
    operation: String,
    startedAt: Date,
    leases: { type: [Schema.Types.Mixed], default: undefined },
    createdAt: Date,
  },
  { versionKey: false },
);
// The same key answers the same for a day (contract: retry after a lost answer).
schema.index({ createdAt: 1 }, { expireAfterSeconds: 24 * 3600 });

export type IdempotencyModel = Model<IdempotencyRecord>;

export const idempotencyModel = (connection: Connection): IdempotencyModel =>
  connection.model<IdempotencyRecord>('Idempotency', schema, 'idempotency');
