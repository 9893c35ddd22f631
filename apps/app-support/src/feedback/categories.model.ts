import { Schema, type Connection, type Model } from 'mongoose';
import { orderedFields, type Ordered } from '../ordered/ordered.store.ts';

/** What feedback may be about (document 004, feedback_category). */
export interface CategoryRecord extends Ordered {
  name: string;
  description: string;
}

const schema = new Schema<CategoryRecord>(
  {
    ...orderedFields,
    name: { type: String, required: true },
    description: { type: String, default: '' },
  },
  { versionKey: false },
);

export const categoryModel = (connection: Connection): Model<CategoryRecord> =>
  connection.model<CategoryRecord>('FeedbackCategory', schema, 'feedback_categories');
