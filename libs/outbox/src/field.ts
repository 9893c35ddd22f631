import { Schema } from 'mongoose';
import type { Channel } from '@portico/queue';

/** A pending notification, as it stands in the document that it is about. */
export interface OutboxEntry {
  /** The message's id everywhere: job, delivery record, idempotency key at the provider. */
  _id: string;
  channel: Channel;
  requestId?: string;
  /** Address and text, sealed: a code is no more in clear in MongoDB than in Redis. */
  sealed: string;
  at: Date;
  /** When the sweeper enqueues it, or enqueues it again because nobody confirmed that it went out. */
  due: Date;
  /** How often it was enqueued. */
  enqueued: number;
}

/** What a document type gains. Missing in documents that never notified anybody. */
export interface WithOutbox {
  outbox?: OutboxEntry[];
}

/**
 * Adds the `outbox` field and its index to a model's schema. The field is never selected by default.
 *
 * @example
 * const ticketSchema = new Schema<Ticket>({ … });
 * addOutbox(ticketSchema);
 */
export function addOutbox(schema: Pick<Schema, 'add' | 'index'>): void {
  const entry = new Schema(
    {
      _id: { type: String, required: true },
      channel: { type: String, required: true },
      requestId: String,
      sealed: { type: String, required: true },
      at: { type: Date, required: true },
      due: { type: Date, required: true },
      enqueued: { type: Number, required: true },
    },
    { id: false },
  );
  schema.add({ outbox: { type: [entry], default: undefined, select: false } });
  // The sweeper's query; holds nothing for documents without pending notifications.
  schema.index({ 'outbox.due': 1 }, { sparse: true });
}
