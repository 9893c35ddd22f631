import { Schema, type Connection, type Model } from 'mongoose';

/** What codes are received for: an app or site of the operator's. */
export interface ProjectRecord {
  /** `project_id` */
  _id: string;
  name: string;
  /** The price of a code, in 分. */
  amount: number;
  /** What a text must contain one of, such as `【淘宝】`; none: any text. */
  signatures: string[];
  /** Who must have sent it; none: anybody. */
  senders: string[];
  /** What a text must match, as a regular expression of RE2. */
  pattern: string | null;
  createdAt: Date;
  updatedAt: Date;
}

const schema = new Schema<ProjectRecord>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    amount: { type: Number, required: true },
    signatures: { type: [String], default: [] },
    senders: { type: [String], default: [] },
    pattern: { type: String, default: null },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { versionKey: false },
);

export type ProjectModel = Model<ProjectRecord>;

export const projectModel = (connection: Connection): ProjectModel =>
  connection.model<ProjectRecord>('Project', schema, 'projects');
