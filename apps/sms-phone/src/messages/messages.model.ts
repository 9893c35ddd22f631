import { Schema, type Connection, type Model } from 'mongoose';

/**
 * A message that came. `stored` is what is acknowledged to the provider; from then on it is given to its lease, or to the
 * operators, whatever is killed.
 */
export interface MessageRecord {
  _id: string;
  /** Who brought it: `webhook`, `twilio`, `smpp`. */
  provider: string;
  /** Names it at the provider: the same one again is the same message. */
  providerId?: string;
  to: string;
  from: string;
  text: string;
  receivedAt: Date;
  /** Digest of the content in a stretch of time, where the connector sends again under other ids; else unique. */
  content: string;
  state: 'stored' | 'matched' | 'unmatched';
  leaseId: string | null;
  /** Why no lease has it, for the operators. */
  reason: string | null;
  /** The store removes it then. */
  purgeAt: Date;
}

const schema = new Schema<MessageRecord>(
  {
    _id: { type: String, required: true },
    provider: String,
    providerId: String,
    to: String,
    from: String,
    text: String,
    receivedAt: Date,
    content: String,
    state: String,
    leaseId: { type: String, default: null },
    reason: { type: String, default: null },
    purgeAt: Date,
  },
  { versionKey: false },
);
// The same message twice (contract: incoming messages are deduplicated).
schema.index(
  { provider: 1, providerId: 1 },
  { unique: true, partialFilterExpression: { providerId: { $exists: true } } },
);
schema.index({ content: 1 }, { unique: true });
// The messages of a lease.
schema.index({ leaseId: 1, receivedAt: 1, _id: 1 });
// Recovery: stored, and not given to anybody yet; what operators look at.
schema.index({ state: 1, receivedAt: 1 });
// The messages of a number.
schema.index({ to: 1, receivedAt: 1 });
// Retention.
schema.index({ purgeAt: 1 }, { expireAfterSeconds: 0 });

export type MessageModel = Model<MessageRecord>;

export const messageModel = (connection: Connection): MessageModel =>
  connection.model<MessageRecord>('Message', schema, 'messages');
