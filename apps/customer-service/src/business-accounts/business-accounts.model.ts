import { addOutbox, type WithOutbox } from '@portico/outbox';
import { Schema, type Connection, type Model, type Types } from 'mongoose';

export const accountStatuses = ['pending', 'active', 'disabled'] as const;

/** What the customer says of the company. */
export interface CompanyProfile {
  companyName: string | null;
  taxNumber: string | null;
  certificationInfo: string | null;
  communicationAddress: string | null;
  contactPersonName: string | null;
  contactPhone: string | null;
}

/** Document 003, BusinessAccount. */
export interface BusinessAccountRecord extends CompanyProfile, WithOutbox {
  _id: Types.ObjectId;
  ownerId: string;
  ownerEmail: string;
  status: (typeof accountStatuses)[number];
  assignedEmail: string | null;
  userCode?: string;
  /** Why it was rejected or disabled. */
  reason: string | null;
  /** Disabled because the application was rejected: the customer may apply again. */
  isRejected: boolean;
  createdAt: Date;
  updatedAt: Date | null;
  deletedAt: Date | null;
}

const textOrNull = { type: String, default: null };
const schema = new Schema<BusinessAccountRecord>(
  {
    ownerId: { type: String, required: true },
    ownerEmail: { type: String, required: true },
    status: { type: String, default: 'pending' },
    assignedEmail: textOrNull,
    userCode: { type: String },
    companyName: textOrNull,
    taxNumber: textOrNull,
    certificationInfo: textOrNull,
    communicationAddress: textOrNull,
    contactPersonName: textOrNull,
    contactPhone: textOrNull,
    reason: textOrNull,
    isRejected: { type: Boolean, default: false },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, default: null },
    deletedAt: { type: Date, default: null },
  },
  { versionKey: false },
);
addOutbox(schema);
// A customer has one.
schema.index({ ownerId: 1 }, { unique: true });
// A code names one account.
schema.index({ userCode: 1 }, { unique: true, sparse: true });
// Applications that wait for an operator.
schema.index({ status: 1, _id: -1 });

export type BusinessAccountModel = Model<BusinessAccountRecord>;

export const businessAccountModel = (connection: Connection): BusinessAccountModel =>
  connection.model<BusinessAccountRecord>('BusinessAccount', schema, 'business_accounts');
