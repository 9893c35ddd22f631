import { containsText, isDuplicateKey, type Page, type PageRequest } from '@portico/mongo';
import mongoose from 'mongoose';
import type { ProjectModel, ProjectRecord } from './projects.model.ts';

const { trusted } = mongoose;
const maxFound = 100;

export type ProjectMembers = Pick<ProjectRecord, 'name' | 'amount' | 'signatures' | 'senders' | 'pattern'>;

/** The queries about projects. */
export function createProjectStore(model: ProjectModel) {
  return {
    find: (id: string) => model.findById(id).lean<ProjectRecord>().exec(),
    async findMany(ids: readonly string[]): Promise<Map<string, ProjectRecord>> {
      const found = await model
        .find({ _id: trusted({ $in: [...ids] }) })
        .lean<ProjectRecord[]>()
        .exec();
      return new Map(found.map((project) => [project._id, project]));
    },
    search: (filter: { id?: string | undefined; name?: string | undefined }): Promise<ProjectRecord[]> =>
      model
        .find({
          ...(filter.id !== undefined && { _id: filter.id }),
          ...(filter.name !== undefined && { name: containsText(filter.name) }),
        })
        .sort({ _id: 1 })
        .limit(maxFound)
        .lean<ProjectRecord[]>()
        .exec(),
    /** Answers undefined when there is one of that id. */
    async create(id: string, members: ProjectMembers): Promise<ProjectRecord | undefined> {
      const now = new Date();
      try {
        const created = await model.create({ ...members, _id: id, createdAt: now, updatedAt: now });
        return created.toObject<ProjectRecord>();
      } catch (error) {
        if (isDuplicateKey(error)) return undefined;
        throw error;
      }
    },
    update: (id: string, members: Partial<ProjectMembers>) =>
      model
        .findOneAndUpdate(
          { _id: id },
          { $set: { ...members, updatedAt: new Date() } },
          { returnDocument: 'after' },
        )
        .lean<ProjectRecord>()
        .exec(),
    async list({ skip, limit }: PageRequest): Promise<Page<ProjectRecord>> {
      const [items, total] = await Promise.all([
        model.find().sort({ _id: 1 }).skip(skip).limit(limit).lean<ProjectRecord[]>().exec(),
        model.countDocuments().exec(),
      ]);
      return { items, total };
    },
  };
}

export type ProjectStore = ReturnType<typeof createProjectStore>;
