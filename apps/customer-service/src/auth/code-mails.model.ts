import { addOutbox, type WithOutbox } from '@portico/outbox';
import { Schema, type Connection, type Model } from 'mongoose';

/** A code on its way by mail; address and code are in the sealed outbox alone. */
export interface CodeMail extends WithOutbox {
  _id: string;
  purpose: string;
  createdAt: Date;
}

const schema = new Schema<CodeMail>(
  {
    _id: { type: String, required: true },
    purpose: { type: String, required: true },
    createdAt: { type: Date, required: true },
  },
  { versionKey: false },
);
addOutbox(schema);
// Nobody needs to know after a day.
schema.index({ createdAt: 1 }, { expireAfterSeconds: 86_400 });

export type CodeMailModel = Model<CodeMail>;

export const codeMailModel = (connection: Connection): CodeMailModel =>
  connection.model<CodeMail>('CodeMail', schema, 'code_mails');
