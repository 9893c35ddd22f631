import { Schema, type Connection, type Model, type Types } from 'mongoose';

/** What links and tasks of a project have in common. */
interface ItemRecord {
  _id: Types.ObjectId;
  projectId: string;
  title: string;
  description: string | null;
  createdAt: Date;
  updatedAt: Date | null;
  deletedAt: Date | null;
}

/** Document 003, ProjectLink. */
export interface LinkRecord extends ItemRecord {
  url: string;
}

export const taskStatuses = ['pending', 'completed'] as const;

/** Document 003, ProjectTask. */
export interface TaskRecord extends ItemRecord {
  status: (typeof taskStatuses)[number];
}

const item = {
  projectId: { type: String, required: true },
  title: { type: String, required: true },
  description: { type: String, default: null },
  createdAt: { type: Date, required: true },
  updatedAt: { type: Date, default: null },
  deletedAt: { type: Date, default: null },
};
const linkSchema = new Schema<LinkRecord>(
  { ...item, url: { type: String, required: true } },
  { versionKey: false },
);
// The links of a project.
linkSchema.index({ projectId: 1, _id: -1 });
const taskSchema = new Schema<TaskRecord>(
  { ...item, status: { type: String, default: 'pending' } },
  { versionKey: false },
);
// The tasks of a project, of one status too.
taskSchema.index({ projectId: 1, _id: -1 });
taskSchema.index({ projectId: 1, status: 1, _id: -1 });

export type LinkModel = Model<LinkRecord>;
export type TaskModel = Model<TaskRecord>;

export const linkModel = (connection: Connection): LinkModel =>
  connection.model<LinkRecord>('Link', linkSchema, 'project_links');
export const taskModel = (connection: Connection): TaskModel =>
  connection.model<TaskRecord>('Task', taskSchema, 'project_tasks');
