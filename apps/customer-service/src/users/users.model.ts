import { Schema, type Connection, type Model, type Types } from 'mongoose';

export const roles = ['user', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A customer or an operator (document 003, User). */
export interface UserRecord {
  _id: Types.ObjectId;
  email: string;
  /** Never selected by default. */
  password?: string;
  role: Role;
  isActive: boolean;
  /** Counts up with whatever ends earlier tokens. */
  version: number;
  fullName: string | null;
  phoneNumber: string | null;
  avatarUrl: string | null;
  bio: string | null;
  createdAt: Date;
  updatedAt: Date | null;
  deletedAt: Date | null;
}

const textOrNull = { type: String, default: null };
const schema = new Schema<UserRecord>(
  {
    email: { type: String, required: true },
    password: { type: String, select: false },
    role: { type: String, default: 'user' },
    isActive: { type: Boolean, default: true },
    version: { type: Number, default: 1 },
    fullName: textOrNull,
    phoneNumber: textOrNull,
    avatarUrl: textOrNull,
    bio: textOrNull,
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, default: null },
    deletedAt: { type: Date, default: null },
  },
  { versionKey: false },
);
// Signing in and registering: an address belongs to one user.
schema.index({ email: 1 }, { unique: true });
// Whether there is an operator.
schema.index({ role: 1, isActive: 1 });

export type UserModel = Model<UserRecord>;

export const userModel = (connection: Connection): UserModel =>
  connection.model<UserRecord>('User', schema, 'users');
