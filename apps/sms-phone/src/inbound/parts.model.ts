import { Schema, type Connection, type Model } from 'mongoose';

/** One part, as it came. */
export interface StoredPart {
  dataCoding: number;
  /** In base64. */
  bytes: string;
}

/** The parts of a long message, as far as they have come. */
export interface PartsRecord {
  _id: string;
  /** Receiver, sender, reference and number of parts: what belongs together. */
  key: string;
  /** Present while parts are awaited: references come again after 255 messages. */
  open?: true;
  to: string;
  from: string;
  total: number;
  /** By place, from 1 on. */
  parts: Record<string, StoredPart>;
  firstAt: Date;
  purgeAt: Date;
}

const schema = new Schema<PartsRecord>(
  {
    _id: { type: String, required: true },
    key: String,
    open: Boolean,
    to: String,
    from: String,
    total: Number,
    parts: Schema.Types.Mixed,
    firstAt: Date,
    purgeAt: Date,
  },
  { versionKey: false },
);
// What a part belongs to: one at a time.
schema.index({ key: 1 }, { unique: true, partialFilterExpression: { open: true }, name: 'one_open_per_key' });
// Whether parts that wait in vain are of a message that was joined before.
schema.index({ key: 1, firstAt: 1 });
// Recovery: what waits for parts.
schema.index({ open: 1, firstAt: 1 });
schema.index({ purgeAt: 1 }, { expireAfterSeconds: 0 });

export type PartsModel = Model<PartsRecord>;

export const partsModel = (connection: Connection): PartsModel =>
  connection.model<PartsRecord>('Parts', schema, 'message_parts');
