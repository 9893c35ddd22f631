import { Schema, type Connection, type Model } from 'mongoose';

/** Somebody who registered (document 004, personal info). */
export interface UserRecord {
  _id: number;
  /** The mail address or E.164 number that signs in; gone when the account was deleted. */
  address?: string;
  area: string;
  phone: string;
  email: string;
  openid: string;
  role: number;
  username: string;
  isActive: boolean;
  nickname: string;
  avatar: string;
  gender: number;
  birthday: string;
  homeAddress: string;
  /** Never selected by default. */
  password?: string;
  createdAt: Date;
  updatedAt: Date;
  /** Pushes up to here have been cleared from the user's log. */
  pushesClearedAt: Date | null;
  /** Deletion has begun: nobody gets in any more, what remains is being erased. */
  deletedAt: Date | null;
}

const text = { type: String, default: '' };
const schema = new Schema<UserRecord>(
  {
    _id: { type: Number, required: true },
    address: { type: String },
    area: text,
    phone: text,
    email: text,
    openid: { type: String, required: true },
    role: { type: Number, default: 0 },
    username: text,
    isActive: { type: Boolean, default: true },
    nickname: text,
    avatar: text,
    gender: { type: Number, default: 2 },
    birthday: text,
    homeAddress: text,
    password: { type: String, select: false },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    pushesClearedAt: { type: Date, default: null },
    deletedAt: { type: Date, default: null },
  },
  { versionKey: false },
);
// Signing in and registering: an account belongs to one user.
schema.index({ address: 1 }, { unique: true, sparse: true });
// Deletions to finish, and how many users are still there.
schema.index({ deletedAt: 1 });

export type UserModel = Model<UserRecord>;

export const userModel = (connection: Connection): UserModel =>
  connection.model<UserRecord>('User', schema, 'users');
