import { Schema, type Connection, type Model } from 'mongoose';
import type { AccountEvent } from './events.ts';

/** An account (document 001, 数据模型), and what the pool knows of it beside that. */
export interface AccountRecord {
  _id: number;
  ownerId: string;
  platform: string;
  customId: string;
  data: string;
  status: string;
  notes: string | null;
  lockedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
  /** When it was last given back, or made: who waited longest is acquired first. */
  lastUsedAt: Date;
  /** The fencing token of the lease that was granted last; it grows with every grant. */
  leaseToken: number;
  /** Until when the lease runs; missing where there is none, or one without an end. */
  leaseExpiresAt?: Date;
  /** The operation that changed it last. */
  lastOperation: string;
  /** Changes that are not yet in the audit trail and in the counts (ARCHITECTURE.md, Work that outlives a request). */
  events?: AccountEvent[];
  /** Since when there are such changes. */
  pendingSince?: Date;
  /** What remains of a deleted account until its last changes are in the audit trail: this, its id and its events. */
  deleted?: true;
}

const schema = new Schema<AccountRecord>(
  {
    _id: { type: Number, required: true },
    ownerId: String,
    platform: String,
    customId: String,
    data: String,
    status: String,
    notes: String,
    lockedAt: Date,
    createdAt: Date,
    updatedAt: Date,
    lastUsedAt: Date,
    leaseToken: Number,
    leaseExpiresAt: Date,
    lastOperation: String,
    events: { type: [Schema.Types.Mixed], default: undefined },
    pendingSince: Date,
    deleted: Boolean,
  },
  { versionKey: false },
);
// Uploads find what they replace; an owner has an account once (contract: upload key). Sparse, for the deleted ones.
schema.index({ ownerId: 1, platform: 1, customId: 1 }, { unique: true, sparse: true });
// Acquiring: the account that has waited longest.
schema.index({ ownerId: 1, platform: 1, status: 1, lastUsedAt: 1 });
// The sweeper: leases that have expired.
schema.index({ leaseExpiresAt: 1 }, { sparse: true });
// The relay: changes on their way to the audit trail.
schema.index({ pendingSince: 1 }, { sparse: true });
// Lists of an owner, of a platform, of a status, newest first or last.
schema.index({ ownerId: 1, _id: 1 });
schema.index({ platform: 1, status: 1, _id: 1 });
schema.index({ status: 1, _id: 1 });
// Lists by age.
schema.index({ createdAt: 1, _id: 1 });

export type AccountModel = Model<AccountRecord>;

export const accountModel = (connection: Connection): AccountModel =>
  connection.model<AccountRecord>('Account', schema, 'accounts');
