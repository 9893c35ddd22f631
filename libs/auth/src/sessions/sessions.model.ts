import { Schema, type Connection, type Model } from 'mongoose';

/** Where and with what somebody signed in, as lists of sessions show it. */
export interface SessionOrigin {
  ip: string | null;
  userAgent: string | null;
}

/** A session as it is stored: an ended one is deleted. Tokens are there as digests only. */
export interface SessionRecord {
  /** Digest of the part that all tokens of the session share. */
  _id: string;
  userId: string;
  createdAt: Date;
  /** When its refresh token was last exchanged. */
  rotatedAt: Date;
  /** When its refresh token expires. */
  expiresAt: Date;
  accessExpiresAt: Date;
  origin: SessionOrigin;
  refreshDigest: string;
  previousRefreshDigest: string | null;
  accessDigest: string;
  previousAccessDigest: string | null;
  /** Seconds without use after which it ends, where that is less than the lifetime of a refresh token. */
  idleSeconds: number | null;
  /** When it ends however much it is used. */
  endsAt: Date | null;
}

const digest = { type: String, required: true };
const textOrNull = { type: String, default: null };
const date = { type: Date, required: true };

const schema = new Schema<SessionRecord>(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    createdAt: date,
    rotatedAt: date,
    expiresAt: date,
    accessExpiresAt: date,
    origin: { ip: textOrNull, userAgent: textOrNull },
    refreshDigest: digest,
    previousRefreshDigest: textOrNull,
    accessDigest: digest,
    previousAccessDigest: textOrNull,
    idleSeconds: { type: Number, default: null },
    endsAt: { type: Date, default: null },
  },
  { versionKey: false },
);
// The sessions of a user, newest first: `list`, `endAll`. Tokens are found by `_id`.
schema.index({ userId: 1, rotatedAt: -1 });
// Nothing is asked of an expired session: the store removes it.
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export function sessionModel(connection: Connection, collection: string): Model<SessionRecord> {
  return connection.model<SessionRecord>(collection, schema, collection);
}
