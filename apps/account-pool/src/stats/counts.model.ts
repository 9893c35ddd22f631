import { Schema, type Connection, type Model } from 'mongoose';

/** How many accounts an owner has on a platform in a status. */
export interface CountRecord {
  _id: string;
  ownerId: string;
  platform: string;
  status: string;
  count: number;
  /** The last batch of changes that is in it. */
  batch: number;
}

const schema = new Schema<CountRecord>(
  {
    _id: { type: String, required: true },
    ownerId: String,
    platform: String,
    status: String,
    count: Number,
    batch: Number,
  },
  { versionKey: false },
);
// The counts of one owner: what a key of its own may see.
schema.index({ ownerId: 1 });

export type CountModel = Model<CountRecord>;

export const countModel = (connection: Connection): CountModel =>
  connection.model<CountRecord>('Count', schema, 'counts');

/** A batch of changes on its way from the accounts into the counts. */
export interface BatchRecord {
  _id: 'counts';
  /** How many batches there have been. */
  number: number;
  /** The batch under way; whoever finds one left by a crash finishes it. */
  current?: {
    /**
     * The accounts of the batch, by the operation that had changed them last when they were read, and by all those whose
     * changes are in the batch. Each account with its own: an operation that is in the batch for one account may have come
     * to another after that was read.
     */
    accounts: { operation: string; operations: string[]; ids: number[] }[];
    /** Accounts in the batch that have been deleted. */
    deleted: number[];
    deltas: Pick<CountRecord, '_id' | 'ownerId' | 'platform' | 'status' | 'count'>[];
  };
}

const batchSchema = new Schema<BatchRecord>(
  { _id: { type: String, required: true }, number: Number, current: Schema.Types.Mixed },
  { versionKey: false },
);

export type BatchModel = Model<BatchRecord>;

export const batchModel = (connection: Connection): BatchModel =>
  connection.model<BatchRecord>('Batch', batchSchema, 'batches');
