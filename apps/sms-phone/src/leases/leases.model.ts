import { Schema, type Connection, type Model } from 'mongoose';
import type { Move, MoveType } from '../ledger/moves.ts';

export const leaseStates = ['active', 'captured', 'released', 'expired'] as const;

/**
 * A number leased to a user for a project.
 *
 * active → captured by the first message that matches, or released by the user, or expired. Each state is written in one
 * transaction with the money that it moves (docs/decisions/0005-money-and-leases-in-one-transaction.md).
 */
export interface LeaseRecord {
  _id: string;
  userId: number;
  username: string;
  projectId: string;
  phone: string;
  /** The price, in 分, as it was when the lease began. */
  amount: number;
  state: (typeof leaseStates)[number];
  /**
   * The number is taken for the project: while the lease runs and while the number rests after it; for ever once it has
   * received a code (contract: lease). Missing where it is free again.
   */
  occupied?: true;
  startedAt: Date;
  /** Messages that come before this are its own. */
  endsAt: Date;
  /** The message that captured the price. */
  capturedBy?: string;
  /** When the number may be leased again. */
  coolsUntil?: Date;
}

const schema = new Schema<LeaseRecord>(
  {
    _id: { type: String, required: true },
    userId: Number,
    username: String,
    projectId: String,
    phone: String,
    amount: Number,
    state: String,
    occupied: Boolean,
    startedAt: Date,
    endsAt: Date,
    capturedBy: String,
    coolsUntil: Date,
  },
  { versionKey: false },
);
// One lease per number and project at a time, whoever asks (contract: lease). By it a user's lease is found, too.
schema.index(
  { projectId: 1, phone: 1 },
  { unique: true, partialFilterExpression: { occupied: true }, name: 'one_lease_per_number_and_project' },
);
// Whose a message is; what operators look up.
schema.index({ phone: 1, startedAt: -1 });
// The sweeper: leases that are over.
schema.index({ state: 1, endsAt: 1 });
// The sweeper: numbers that have rested.
schema.index({ coolsUntil: 1 }, { sparse: true });

export type LeaseModel = Model<LeaseRecord>;

export const leaseModel = (connection: Connection): LeaseModel =>
  connection.model<LeaseRecord>('Lease', schema, 'leases');

/** The move of a lease's price. */
export const moveOf = (
  type: MoveType,
  { _id, userId, username, amount }: Pick<LeaseRecord, '_id' | 'userId' | 'username' | 'amount'>,
): Move => ({ type, transaction: `${_id}:${type}`, user: { _id: userId, username }, amount, lease: _id });
