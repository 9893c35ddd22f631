import { Schema, type Connection, type Model } from 'mongoose';
import { causes, channels, type Cause, type Channel, type DeliveryJob } from '@portico/queue';

/**
 * - `sending`: an owner has it, until `leaseUntil`
 * - `waiting`: the next attempt is at `nextAttemptAt`
 * - `sent`; `failed`: refused for good; `dead`: attempts used up; `unknown`: it may have arrived, and is not repeated
 */
export const states = ['sending', 'waiting', 'sent', 'failed', 'dead', 'unknown'] as const;
export type State = (typeof states)[number];

/** What happened to one message. It holds neither the text nor the address in clear. */
export interface Delivery {
  /** The outbox id. */
  _id: string;
  channel: Channel;
  service: string;
  requestId?: string;
  state: State;
  /** The process that has it. */
  owner: string;
  /** Grows with every claim: a late owner's word no longer counts. */
  fence: number;
  leaseUntil?: Date;
  attempts: number;
  /** How many attempts ended without anybody knowing how. */
  unknownOutcomes?: number;
  nextAttemptAt?: Date;
  template?: string;
  /** `a…@example.com`: enough to recognise, not enough to use. */
  to?: string;
  provider?: string;
  providerMessageId?: string;
  /** Of each part, in the one spelling of `sameId`. */
  providerPartIds?: string[];
  providerCode?: string;
  cause?: Cause;
  reason?: string;
  /** What the provider said later. */
  receipt?: { state: string; code?: string; at: Date };
  createdAt: Date;
  updatedAt: Date;
  sentAt?: Date;
  /** Since when it is a dead letter. */
  deadAt?: Date;
  replays?: number;
  /** The job, sealed as it came, while somebody may want to replay it. */
  job?: DeliveryJob;
  /** The record may go after this. */
  purgeAt?: Date;
}

const schema = new Schema<Delivery>(
  {
    _id: { type: String, required: true },
    channel: { type: String, enum: channels, required: true },
    service: { type: String, required: true },
    requestId: String,
    state: { type: String, enum: states, required: true },
    owner: { type: String, required: true },
    fence: { type: Number, required: true },
    leaseUntil: Date,
    attempts: { type: Number, required: true },
    unknownOutcomes: Number,
    nextAttemptAt: Date,
    template: String,
    to: String,
    provider: String,
    providerMessageId: String,
    providerPartIds: { type: [String], default: undefined },
    providerCode: String,
    cause: { type: String, enum: causes },
    reason: String,
    receipt: { type: { state: String, code: String, at: Date }, _id: false },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    sentAt: Date,
    deadAt: Date,
    replays: Number,
    job: { type: Schema.Types.Mixed, select: false },
    purgeAt: Date,
  },
  { versionKey: false, collection: 'deliveries' },
);
// Dead letters, newest first; holds nothing for others.
schema.index({ deadAt: -1 }, { sparse: true });
// Replays whose job was lost.
schema.index({ replays: 1 }, { sparse: true });
// A receipt names the message as the provider does.
schema.index({ providerMessageId: 1 }, { sparse: true });
schema.index({ providerPartIds: 1 }, { sparse: true });
// Records end.
schema.index({ purgeAt: 1 }, { expireAfterSeconds: 0 });

export type DeliveryModel = Model<Delivery>;

export function createDeliveryModel(connection: Connection): DeliveryModel {
  return connection.model<Delivery>('Delivery', schema);
}
