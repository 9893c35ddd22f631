import { Schema, type Connection, type Model, type Types } from 'mongoose';

/** Document 003, Project. */
export interface ProjectRecord {
  _id: Types.ObjectId;
  ownerId: string;
  ownerEmail: string;
  name: string;
  description: string | null;
  overviewMarkdown: string;
  /** Of the overview, rendered when it was written; missing where an earlier version wrote it. */
  overviewHtml?: string;
  createdAt: Date;
  updatedAt: Date | null;
  deletedAt: Date | null;
}

const schema = new Schema<ProjectRecord>(
  {
    ownerId: { type: String, required: true },
    ownerEmail: { type: String, required: true },
    name: { type: String, required: true },
    description: { type: String, default: null },
    overviewMarkdown: { type: String, required: true },
    overviewHtml: String,
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, default: null },
    deletedAt: { type: Date, default: null },
  },
  { versionKey: false },
);
// The projects of a customer.
schema.index({ ownerId: 1, _id: -1 });

export type ProjectModel = Model<ProjectRecord>;

export const projectModel = (connection: Connection): ProjectModel =>
  connection.model<ProjectRecord>('Project', schema, 'projects');
