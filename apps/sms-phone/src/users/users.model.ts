import { Schema, type Connection, type Model } from 'mongoose';

/** Who a user is; the money is in the user's wallet. */
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
  /** Numbers that the user does not want for a project: `project:phone`. Up to a thousand: read only where they matter. */
  blacklist?: string[];
  /** There are such. */
  refuses?: true;
  createdAt: Date;
}

/** What a request must know of its user: it is read for each. */
export type Caller = Pick<UserRecord, '_id' | 'username' | 'version' | 'refuses'>;

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
    blacklist: { type: [String], default: [], select: false },
    refuses: Boolean,
    createdAt: Date,
  },
  { versionKey: false },
);
// Signing in and registering.
schema.index({ name: 1 }, { unique: true });
schema.index({ email: 1 }, { unique: true });

export type UserModel = Model<UserRecord>;

export const userModel = (connection: Connection): UserModel =>
  connection.model<UserRecord>('User', schema, 'users');
