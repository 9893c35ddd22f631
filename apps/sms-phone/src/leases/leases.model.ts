import { Schema, type Connection, type Model } from 'mongoose';

export const leaseStates = ['active', 'captured', 'released', 'expired', 'void'] as const;

/**
 * A number leased to a user for a project.
 *
 * active → captured by the first message that matches, or released by the user, or expired. `void` was never active: it
 * stands for a lease that a crash has prevented, so that it cannot begin any more.
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
  /** Set when the price is to be released or captured, until it has been. */
  unsettledSince?: Date;
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
    unsettledSince: Date,
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
// Recovery: prices that are to be settled.
schema.index({ unsettledSince: 1 }, { sparse: true });
// The sweeper: numbers that have rested.
schema.index({ coolsUntil: 1 }, { sparse: true });

export type LeaseModel = Model<LeaseRecord>;

export const leaseModel = (connection: Connection): LeaseModel =>
  connection.model<LeaseRecord>('Lease', schema, 'leases');
