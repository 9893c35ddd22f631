import { Schema, type Connection, type Model } from 'mongoose';

/** A code that is worth money, once. The code itself is shown when it is made and stored as a digest. */
export interface VoucherRecord {
  _id: string;
  amount: number;
  createdAt: Date;
  createdBy: string;
  /** The user that redeemed it. */
  userId: number | null;
  redeemedAt: Date | null;
}

const schema = new Schema<VoucherRecord>(
  {
    _id: { type: String, required: true },
    amount: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    createdBy: { type: String, required: true },
    userId: { type: Number, default: null },
    redeemedAt: { type: Date, default: null },
  },
  { versionKey: false },
);

export type VoucherModel = Model<VoucherRecord>;

export const voucherModel = (connection: Connection): VoucherModel =>
  connection.model<VoucherRecord>('Voucher', schema, 'vouchers');
