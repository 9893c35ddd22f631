import { Schema, type Connection, type Model } from 'mongoose';
import type { Entry } from './entries.ts';

/** Money that is set aside for a lease. */
export interface Hold {
  lease: string;
  amount: number;
  at: Date;
}

/** The money of a user. All amounts in 分. Beside the user, because every request reads that and few read this. */
export interface WalletRecord {
  /** The user's. */
  _id: number;
  username: string;
  /** What may be spent. */
  balance: number;
  /** What is held for leases. */
  frozen: number;
  holds: Hold[];
  /** Moves that are not in the ledger yet; written in the same operation as the balance. */
  entries?: Entry[];
  /** Since when there are such. */
  pendingSince?: Date;
  /** Names of credits that came from elsewhere: each counts once. */
  credits?: string[];
}

const hold = new Schema<Hold>({ lease: String, amount: Number, at: Date }, { _id: false });
const schema = new Schema<WalletRecord>(
  {
    _id: { type: Number, required: true },
    username: String,
    balance: { type: Number, default: 0 },
    frozen: { type: Number, default: 0 },
    holds: { type: [hold], default: [] },
    entries: { type: [Schema.Types.Mixed], default: undefined },
    pendingSince: Date,
    credits: { type: [String], default: undefined },
  },
  { versionKey: false },
);
// The relay: moves on their way to the ledger.
schema.index({ pendingSince: 1 }, { sparse: true });
// Recovery: holds whose lease a crash has prevented.
schema.index({ 'holds.at': 1 });

export type WalletModel = Model<WalletRecord>;

export const walletModel = (connection: Connection): WalletModel =>
  connection.model<WalletRecord>('Wallet', schema, 'wallets');
