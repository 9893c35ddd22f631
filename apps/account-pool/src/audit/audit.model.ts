import { Schema, type Connection, type Model } from 'mongoose';
import type { AccountEvent } from '../accounts/events.ts';

/** A line of the audit trail. Lines are added and never changed (contract: history). */
export interface AuditRecord extends Omit<AccountEvent, 'operation'> {
  /** `<operation>:<account>`: a line that is written again is the same line. Sorts by time. */
  _id: string;
  accountId: number;
  /** Whose account it was; of a new one, whose it became. */
  ownerId: string;
}

const place = new Schema({ ownerId: String, status: String }, { _id: false });
const schema = new Schema<AuditRecord>(
  {
    _id: { type: String, required: true },
    accountId: Number,
    ownerId: String,
    action: String,
    at: Date,
    platform: String,
    from: { type: place, default: null },
    to: { type: place, default: null },
    by: String,
    ip: String,
    requestId: String,
    leaseToken: Number,
    expiresAt: Date,
  },
  { versionKey: false },
);
// The history of an account, and of an owner.
schema.index({ accountId: 1, _id: 1 });
schema.index({ ownerId: 1, _id: 1 });

export type AuditModel = Model<AuditRecord>;

export const auditModel = (connection: Connection): AuditModel =>
  connection.model<AuditRecord>('Audit', schema, 'audit');
