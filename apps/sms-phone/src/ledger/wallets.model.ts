import { Schema, type Connection, type Model } from 'mongoose';
import type { Money } from './moves.ts';

/**
 * The money of a user: the sum of the user's postings, changed in the transaction that writes them. Beside the user, because
 * every request reads that and few read this. It stays small however many leases and moves there are.
 */
export interface WalletRecord extends Money {
  /** The user's. */
  _id: number;
}

const schema = new Schema<WalletRecord>(
  { _id: { type: Number, required: true }, balance: Number, frozen: Number },
  { versionKey: false },
);

export type WalletModel = Model<WalletRecord>;

export const walletModel = (connection: Connection): WalletModel =>
  connection.model<WalletRecord>('Wallet', schema, 'wallets');
