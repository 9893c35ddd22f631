import { addOutbox, type WithOutbox } from '@portico/outbox';
import { Schema, type Connection, type Model } from 'mongoose';
import type { PushCounts } from './pushes.model.ts';

/**
 * One page of a fan-out: a message per device in its outbox, and what became of them. Its id is derived from push and
 * page, so that a page that is written again is the same page.
 */
export interface PushPage extends PushCounts, WithOutbox {
  _id: string;
  pushId: number;
  page: number;
  /** The cursor behind this page. */
  next: number;
}

const count = { type: Number, default: 0 };
const schema = new Schema<PushPage>(
  {
    _id: { type: String, required: true },
    pushId: { type: Number, required: true },
    page: { type: Number, required: true },
    next: { type: Number, required: true },
    targeted: count,
    sent: count,
    failed: count,
    invalid: count,
    cancelled: count,
    causes: { type: Schema.Types.Mixed, default: {} },
  },
  { versionKey: false, minimize: false },
);
addOutbox(schema);
// The pages of a push: counting, taking back, cleaning up.
schema.index({ pushId: 1, page: 1 });

export type PushPageModel = Model<PushPage>;

export const pushPageModel = (connection: Connection): PushPageModel =>
  connection.model<PushPage>('PushPage', schema, 'push_pages');

export const pageId = (pushId: number, page: number) => `${pushId}-${page}`;
