import { AppError } from '@portico/envelope';
import { containsText, isDuplicateKey, type Page, type PageRequest } from '@portico/mongo';
import mongoose from 'mongoose';
import { anyObject, missing, newestFirst } from '../objects.ts';
import type { ProjectService } from '../projects/projects.service.ts';
import { linkSeconds, type Storage, type UploadTarget } from '../storage/storage.ts';
import type { Caller } from '../users/access.ts';
import type { FileModel, FileRecord } from './files.model.ts';

export interface FileServiceOptions {
  model: FileModel;
  storage: Storage;
  projects: ProjectService;
}

const { trusted } = mongoose;
const notFound = '文件不存在';
/** A deletion that is older was cut off. */
const cutOffMs = 60_000;
/** An announcement that is older was given up: the link to put its bytes is long over. */
const announcedMs = 24 * 3_600_000;

/** The files of projects; their bytes go between client and storage (document 003, sections 5.3 and 5.4). */
export function createFileService({ model, storage, projects }: FileServiceOptions) {
  const stored = ({ key, filename, contentType }: FileRecord) => ({ key, filename, contentType });

  async function erase({ _id, key }: FileRecord): Promise<void> {
    await storage.remove(key);
    await model.deleteOne({ _id }).exec();
  }

  /** The key of the document; where a file has it already, one with the file's own id in it. */
  async function insert(
    file: Omit<FileRecord, 'key' | '_id' | 'updatedAt' | 'deletedAt'>,
  ): Promise<FileRecord> {
    const base = `projects/${file.projectId}/files`;
    const _id = new mongoose.Types.ObjectId();
    for (const key of [`${base}/${file.filename}`, `${base}/${String(_id)}/${file.filename}`]) {
      try {
        const created = await model.create({ ...file, _id, key });
        return created.toObject<FileRecord>();
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    }
    throw new AppError('conflict', { message: '同名文件正在上传,请重试' });
  }

  return {
    async list(
      caller: Caller,
      projectId: string,
      { filename, tag }: { filename?: string | undefined; tag?: string | undefined },
      page: PageRequest,
    ): Promise<Page<FileRecord>> {
      await projects.own(caller, projectId);
      const conditions = {
        projectId,
        isComplete: true,
        ...(filename && { filename: containsText(filename) }),
        ...(tag && { tag }),
      };
      return newestFirst(model, conditions, page);
    },

    /** @throws AppError `not_found`, `permission_denied` */
    async downloadUrl(caller: Caller, id: string, publicUrl: string) {
      const file = await anyObject(model, id, notFound);
      const project = await projects.any(file.projectId).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not_found') throw missing(notFound);
        throw error;
      });
      if (project.ownerId !== caller.id && caller.role !== 'admin')
        throw new AppError('permission_denied', { message: '无权访问此文件' });
      if (!file.isComplete) throw missing(notFound);
      return { download_url: await storage.downloadUrl(stored(file), publicUrl), expires_in: linkSeconds };
    },

    /** Announces a file; its bytes are then put where the answer says. */
    async announce(
      projectId: string,
      file: Pick<FileRecord, 'filename' | 'contentType' | 'size' | 'tag'>,
      publicUrl: string,
    ): Promise<{ file: FileRecord; target: UploadTarget }> {
      await projects.any(projectId);
      const created = await insert({ ...file, projectId, isComplete: false, createdAt: new Date() });
      const target = await storage.uploadTarget({ ...stored(created), size: created.size }, publicUrl);
      return { file: created, target };
    },

    /** @throws AppError `rule_violation` while the bytes are not there, or are not as many as announced */
    async complete(id: string): Promise<FileRecord> {
      const file = await anyObject(model, id, notFound);
      const size = await storage.sizeOf(file.key);
      if (size !== file.size) {
        const message =
          size === undefined ? '文件尚未上传' : `文件应为 ${file.size} 字节,实际为 ${size} 字节`;
        throw new AppError('rule_violation', { message });
      }
      const completed = await model
        .findOneAndUpdate(
          { _id: id, deletedAt: null },
          { $set: { isComplete: true, ...(!file.isComplete && { updatedAt: new Date() }) } },
          { returnDocument: 'after' },
        )
        .lean<FileRecord>()
        .exec();
      if (!completed) throw missing(notFound);
      return completed;
    },

    async remove(id: string): Promise<void> {
      const file = await anyObject(model, id, notFound);
      // From now on nobody sees it; what fails below is done again.
      await model.updateOne({ _id: id }, { $set: { deletedAt: new Date() } }).exec();
      await erase(file);
    },

    /** Removes the bytes of files whose deletion was cut off, and of those that were announced and never completed. */
    async finishDeletions(): Promise<void> {
      await model
        .updateMany(
          {
            isComplete: false,
            deletedAt: null,
            createdAt: trusted({ $lt: new Date(Date.now() - announcedMs) }),
          },
          { $set: { deletedAt: new Date(0) } },
        )
        .exec();
      const cutOff = await model
        .find({ deletedAt: trusted({ $lt: new Date(Date.now() - cutOffMs) }) })
        .limit(100)
        .lean<FileRecord[]>()
        .exec();
      for (const file of cutOff) await erase(file);
    },
  };
}

export type FileService = ReturnType<typeof createFileService>;
