import { Schema, type Connection, type Model } from 'mongoose';
import { orderedFields, type Ordered } from '../ordered/ordered.store.ts';

/** A question with its answer (document 004, faq). */
export interface FaqRecord extends Ordered {
  title: string;
  content: string;
  category: string;
  externalLink: string;
}

const schema = new Schema<FaqRecord>(
  {
    ...orderedFields,
    title: { type: String, required: true },
    content: { type: String, default: '' },
    category: { type: String, default: '' },
    externalLink: { type: String, default: '' },
  },
  { versionKey: false },
);

export const faqModel = (connection: Connection): Model<FaqRecord> =>
  connection.model<FaqRecord>('Faq', schema, 'faq');
