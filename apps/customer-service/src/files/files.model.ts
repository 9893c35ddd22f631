import { Schema, type Connection, type Model, type Types } from 'mongoose';

/** Document 003, ProjectFile. */
export interface FileRecord {
  _id: Types.ObjectId;
  projectId: string;
  filename: string;
  size: number;
  contentType: string;
  tag: string | null;
  /** Where its bytes are. */
  key: string;
  /** Until its bytes have arrived customers do not see it. */
  isComplete: boolean;
  createdAt: Date;
  updatedAt: Date | null;
  /** Its bytes are to be removed, then this. */
  deletedAt: Date | null;
}

const schema = new Schema<FileRecord>(
  {
    projectId: { type: String, required: true },
    filename: { type: String, required: true },
    size: { type: Number, required: true },
    contentType: { type: String, required: true },
    tag: { type: String, default: null },
    key: { type: String, required: true },
    isComplete: { type: Boolean, default: false },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, default: null },
    deletedAt: { type: Date, default: null },
  },
  { versionKey: false },
);
// The files of a project.
schema.index({ projectId: 1, isComplete: 1, _id: -1 });
// Two files of one name do not share their bytes.
schema.index({ key: 1 }, { unique: true });
// Files that were announced and never completed.
schema.index({ isComplete: 1, createdAt: 1 });
// Files whose bytes are to be removed.
schema.index({ deletedAt: 1 });

export type FileModel = Model<FileRecord>;

export const fileModel = (connection: Connection): FileModel =>
  connection.model<FileRecord>('File', schema, 'project_files');
