import { Schema, type Connection, type Model } from 'mongoose';
import type { Scope } from './scopes.ts';

/** An API key, without the key: that is shown once, when it is made. */
export interface KeyRecord {
  _id: number;
  /** The owner whose accounts it opens, or `*`. */
  ownerId: string;
  scopes: Scope[];
  hash: string;
  /** The first characters, by which people tell keys apart. */
  hint: string;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

const schema = new Schema<KeyRecord>(
  {
    _id: { type: Number, required: true },
    ownerId: { type: String, required: true },
    scopes: { type: [String], required: true },
    hash: { type: String, required: true },
    hint: { type: String, required: true },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, default: null },
    revokedAt: { type: Date, default: null },
    lastUsedAt: { type: Date, default: null },
  },
  { versionKey: false },
);
// The key of a request.
schema.index({ hash: 1 }, { unique: true });

export type KeyModel = Model<KeyRecord>;

export const keyModel = (connection: Connection): KeyModel =>
  connection.model<KeyRecord>('Key', schema, 'keys');
