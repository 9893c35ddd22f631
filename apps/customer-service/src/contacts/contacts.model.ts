import { addOutbox, type WithOutbox } from '@portico/outbox';
import { Schema, type Connection, type Model, type Types } from 'mongoose';

/** A message of the contact form (document 003, section 6). */
export interface ContactRecord extends WithOutbox {
  _id: Types.ObjectId;
  name: string;
  /** Whatever the visitor typed. */
  email: string;
  message: string;
  isProcessed: boolean;
  adminNotes: string | null;
  /** Digest of the Turnstile token: each is good for one message. */
  token: string;
  createdAt: Date;
  deletedAt: Date | null;
}

const schema = new Schema<ContactRecord>(
  {
    name: { type: String, required: true },
    email: { type: String, required: true },
    message: { type: String, required: true },
    isProcessed: { type: Boolean, default: false },
    adminNotes: { type: String, default: null },
    token: { type: String, required: true },
    createdAt: { type: Date, required: true },
    deletedAt: { type: Date, default: null },
  },
  { versionKey: false },
);
addOutbox(schema);
// A token is accepted once.
schema.index({ token: 1 }, { unique: true });
// What operators still have to do.
schema.index({ isProcessed: 1, _id: -1 });

export type ContactModel = Model<ContactRecord>;

export const contactModel = (connection: Connection): ContactModel =>
  connection.model<ContactRecord>('Contact', schema, 'contacts');
