import { Schema, type Connection, type Model } from 'mongoose';

export const numberStatuses = ['active', 'quarantined', 'retired'] as const;
export type NumberStatus = (typeof numberStatuses)[number];

/** A number that the operator owns. */
export interface NumberRecord {
  /** In E.164. */
  _id: string;
  /** 1 移动, 2 联通, 3 电信 */
  carrier: number;
  /** 1 normal, 2 virtual */
  kind: number;
  status: NumberStatus;
  note: string | null;
  /** A random place among all numbers: leases begin looking somewhere, so that they do not all want the same. */
  rank: number;
  createdAt: Date;
  updatedAt: Date;
}

const schema = new Schema<NumberRecord>(
  {
    _id: { type: String, required: true },
    carrier: Number,
    kind: Number,
    status: String,
    note: { type: String, default: null },
    rank: Number,
    createdAt: Date,
    updatedAt: Date,
  },
  { versionKey: false },
);
// Looking for numbers to lease.
schema.index({ status: 1, rank: 1 });

export type NumberModel = Model<NumberRecord>;

export const numberModel = (connection: Connection): NumberModel =>
  connection.model<NumberRecord>('Number', schema, 'numbers');
