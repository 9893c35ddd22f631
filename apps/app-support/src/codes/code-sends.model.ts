import type { Cause, Channel, DeliveryResult } from '@portico/queue';
import { addOutbox, type WithOutbox } from '@portico/outbox';
import { Schema, type Connection, type Model } from 'mongoose';

/** A code that was sent, and what became of it. The code itself is in the sealed outbox only. */
export interface CodeSend extends WithOutbox {
  _id: string;
  channel: Channel;
  /** Digest of the address. */
  recipient: string;
  /** What operators see of the address: `+86*******0930`. */
  hint: string;
  purpose: string;
  createdAt: Date;
  status: 'pending' | DeliveryResult['status'];
  cause: Cause | null;
  /** The provider's own words. */
  reason: string | null;
  provider: string | null;
  providerCode: string | null;
  /** When the provider was last heard of; missing until then. */
  outcomeAt?: Date;
}

const textOrNull = { type: String, default: null };
const schema = new Schema<CodeSend>(
  {
    _id: { type: String, required: true },
    channel: { type: String, required: true },
    recipient: { type: String, required: true },
    hint: { type: String, required: true },
    purpose: { type: String, required: true },
    createdAt: { type: Date, required: true },
    status: { type: String, default: 'pending' },
    cause: textOrNull,
    reason: textOrNull,
    provider: textOrNull,
    providerCode: textOrNull,
    outcomeAt: { type: Date },
  },
  { versionKey: false },
);
addOutbox(schema);
// The last outcomes of a channel: whether to send at all, and what operators see.
schema.index({ channel: 1, outcomeAt: -1 });
// The last outcome of one address.
schema.index({ recipient: 1, outcomeAt: -1 });
// Whom a code was sent to is nobody's business after a day.
schema.index({ createdAt: 1 }, { expireAfterSeconds: 86_400 });

export type CodeSendModel = Model<CodeSend>;

export const codeSendModel = (connection: Connection): CodeSendModel =>
  connection.model<CodeSend>('CodeSend', schema, 'code_sends');
