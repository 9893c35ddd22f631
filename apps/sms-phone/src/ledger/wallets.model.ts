import { Schema, type Connection, type Model } from 'mongoose';
import type { Entry } from './entries.ts';

/**
 * The money of a user. All amounts in 分. Beside the user, because every request reads that and few read this. It stays
 * small however many leases a user has: what is held for which of them, the leases say
 * (docs/decisions/0005-hold-before-lease.md).
 */
export interface WalletRecord {
  /** The user's. */
  _id: number;
  username: string;
  /** What may be spent. */
  balance: number;
  /** What is held for leases. */
  frozen: number;
  /** Moves that are not in the ledger yet; written in the same operation as the balance. */
  entries?: Entry[];
  /** Since when there are such. */
  pendingSince?: Date;
  /** Counts up whenever a settlement leaves `entries`: whoever settles on what he knew before that is refused. */
  epoch: number;
  /** Names of credits that came from elsewhere: each counts once. */
  credits?: string[];
}

const schema = new Schema<WalletRecord>(
  {
    _id: { type: Number, required: true },
    username: String,
    balance: { type: Number, default: 0 },
    frozen: { type: Number, default: 0 },
    entries: { type: [Schema.Types.Mixed], default: undefined },
    pendingSince: Date,
    epoch: { type: Number, default: 0 },
    credits: { type: [String], default: undefined },
  },
  { versionKey: false },
);
// The relay: moves on their way to the ledger. Recovery: holds among them whose lease a crash has prevented.
schema.index({ pendingSince: 1 }, { sparse: true });

export type WalletModel = Model<WalletRecord>;

export const walletModel = (connection: Connection): WalletModel =>
  connection.model<WalletRecord>('Wallet', schema, 'wallets');
