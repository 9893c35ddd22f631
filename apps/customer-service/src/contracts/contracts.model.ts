import { Schema, type Connection, type Model, type Types } from 'mongoose';

/** Evidence of a signature or of its withdrawal (contract: signing). */
export interface SigningEvent {
  isSigned: boolean;
  userId: string;
  email: string;
  ip: string;
  userAgent: string;
  /** SHA-256 of the text, in hexadecimal. */
  sha256: string;
  at: Date;
}

/** Document 003, Contract. */
export interface ContractRecord {
  _id: Types.ObjectId;
  ownerId: string;
  ownerEmail: string;
  title: string;
  contentMarkdown: string;
  /** Of the text, rendered when it was written; missing where an earlier version wrote it. */
  contentHtml?: string;
  /** Of the text: a signature is of this text and no other. */
  sha256: string;
  isSigned: boolean;
  events: SigningEvent[];
  createdAt: Date;
  updatedAt: Date | null;
  deletedAt: Date | null;
}

const event = new Schema<SigningEvent>(
  {
    isSigned: Boolean,
    userId: String,
    email: String,
    ip: String,
    userAgent: String,
    sha256: String,
    at: Date,
  },
  { _id: false },
);
const schema = new Schema<ContractRecord>(
  {
    ownerId: { type: String, required: true },
    ownerEmail: { type: String, required: true },
    title: { type: String, required: true },
    contentMarkdown: { type: String, required: true },
    contentHtml: String,
    sha256: { type: String, required: true },
    isSigned: { type: Boolean, default: false },
    events: { type: [event], default: [], select: false },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, default: null },
    deletedAt: { type: Date, default: null },
  },
  { versionKey: false },
);
// The contracts of a customer.
schema.index({ ownerId: 1, _id: -1 });

export type ContractModel = Model<ContractRecord>;

export const contractModel = (connection: Connection): ContractModel =>
  connection.model<ContractRecord>('Contract', schema, 'contracts');
