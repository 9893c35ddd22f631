import { Schema, type Connection, type Model } from 'mongoose';
import type { Entry } from '../ledger/entries.ts';

/** Money that is set aside for a lease. */
export interface Hold {
  lease: string;
  amount: number;
  at: Date;
}

/** A user with an account of money. All amounts in 分. */
export interface UserRecord {
  _id: number;
  username: string;
  /** The name in lower case: by it a user is found. */
  name: string;
  email: string;
  /** Never selected by default, as the answer. */
  password?: string;
  securityQuestion: string;
  securityAnswer?: string;
  /** Counts up with whatever ends earlier tokens. */
  version: number;
  /** What may be spent. */
  balance: number;
  /** What is held for leases. */
  frozen: number;
  holds: Hold[];
  /** Changes of the balance that are not in the ledger yet; written in the same operation as the balance. */
  entries?: Entry[];
  /** Since when there are such. */
  pendingSince?: Date;
  /** Names of credits that came from elsewhere: each counts once. */
  credits?: string[];
  /** Numbers that the user does not want for a project: `project:phone`. */
  blacklist: string[];
  createdAt: Date;
}

const holdSchema = new Schema<Hold>({ lease: String, amount: Number, at: Date }, { _id: false });
const schema = new Schema<UserRecord>(
  {
    _id: { type: Number, required: true },
    username: String,
    name: String,
    email: String,
    password: { type: String, select: false },
    securityQuestion: String,
    securityAnswer: { type: String, select: false },
    version: { type: Number, default: 1 },
    balance: { type: Number, default: 0 },
    frozen: { type: Number, default: 0 },
    holds: { type: [holdSchema], default: [] },
    entries: { type: [Schema.Types.Mixed], default: undefined, select: false },
    pendingSince: { type: Date, select: false },
    credits: { type: [String], default: undefined, select: false },
    blacklist: { type: [String], default: [] },
    createdAt: Date,
  },
  { versionKey: false },
);
// Signing in and registering.
schema.index({ name: 1 }, { unique: true });
schema.index({ email: 1 }, { unique: true });
// The relay: changes on their way to the ledger.
schema.index({ pendingSince: 1 }, { sparse: true });
// Recovery: holds whose lease a crash has prevented.
schema.index({ 'holds.at': 1 });

export type UserModel = Model<UserRecord>;

export const userModel = (connection: Connection): UserModel =>
  connection.model<UserRecord>('User', schema, 'users');
