import { Schema, type Connection, type Model } from 'mongoose';

/** Contract: app-support, enumerations. */
export const pushScope = { all: 0, users: 1 } as const;
export type PushScope = (typeof pushScope)[keyof typeof pushScope];
export const pushStatus = { pending: 0, sent: 1, failed: 2, cancelled: 3 } as const;
export type PushStatus = (typeof pushStatus)[keyof typeof pushStatus];

/** In an audience: everybody. Ids of users begin at 1. */
export const everybody = 0;

/** What became of a push's messages, one per device. */
export interface PushCounts {
  targeted: number;
  sent: number;
  failed: number;
  invalid: number;
  cancelled: number;
  /** Why messages failed or were invalid. */
  causes: Record<string, number>;
}

/**
 * What is to be done about a push, and how far it is. Whoever does it holds it under `runner` until `due`; every
 * change names the runner, so one that was overtaken changes nothing any more.
 *
 * - `publish`: it appears in the users' logs, and what it has to reach is fixed
 * - `fanOut`: page after page of devices is handed to the outbox
 * - `settle`: all pages are written, results are awaited
 * - `withdraw`: cancelled, what has not left is taken back
 * - `clean`: counts are final, the pages go
 */
export interface PushWork {
  step: 'publish' | 'fanOut' | 'settle' | 'withdraw' | 'clean';
  due: Date;
  runner: string | null;
  /** How far the fan-out is: the last device's id, or how many of the audience's users. */
  cursor: number;
  /** Number of the next page. */
  page: number;
  /** Pages below this one are closed: their counts are in the push's, and change no more. */
  folded: number;
  /** Devices above this id were bound after the push was published. */
  upTo: number;
  /** When the last page was written. */
  writtenAt: Date | null;
}

export interface PushRecord {
  _id: number;
  title: string;
  body: string;
  scope: PushScope;
  /** `[0]` for everybody, else ids of users, ascending. */
  audience: number[];
  managerId: number;
  status: PushStatus;
  requestId: string;
  scheduledAt: Date | null;
  /** Since when users see it; missing before, and after it was cancelled. */
  publishedAt?: Date;
  /** Of the pages that are folded; final, once there is no work left or only `clean`. */
  counts: PushCounts;
  work?: PushWork;
  createdAt: Date;
  updatedAt: Date;
}

const count = { type: Number, default: 0 };
const schema = new Schema<PushRecord>(
  {
    _id: { type: Number, required: true },
    title: { type: String, required: true },
    body: { type: String, required: true },
    scope: { type: Number, required: true },
    audience: { type: [Number], required: true },
    managerId: { type: Number, required: true },
    status: { type: Number, default: pushStatus.pending },
    requestId: { type: String, required: true },
    scheduledAt: { type: Date, default: null },
    publishedAt: { type: Date },
    counts: {
      targeted: count,
      sent: count,
      failed: count,
      invalid: count,
      cancelled: count,
      causes: { type: Schema.Types.Mixed, default: {} },
    },
    work: {
      type: new Schema<PushWork>(
        {
          step: { type: String, required: true },
          due: { type: Date, required: true },
          runner: { type: String, default: null },
          cursor: count,
          page: count,
          folded: count,
          upTo: count,
          writtenAt: { type: Date, default: null },
        },
        { _id: false },
      ),
      default: undefined,
    },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { versionKey: false, minimize: false },
);
// A user's log and counts: what everybody or this user may see since a time, newest first.
schema.index({ audience: 1, publishedAt: -1, _id: -1 });
// What is to be done now; holds nothing of pushes that are done.
schema.index({ 'work.due': 1 }, { sparse: true });

export type PushModel = Model<PushRecord>;

export const pushModel = (connection: Connection): PushModel =>
  connection.model<PushRecord>('Push', schema, 'pushes');
