import { containsText, isDuplicateKey, type Page, type PageRequest, type Sequence } from '@portico/mongo';
import DataLoader from 'dataloader';
import mongoose from 'mongoose';
import type { Caller, UserModel, UserRecord } from './users.model.ts';

const { trusted } = mongoose;
const searchMs = 2000;
const maxBlacklist = 1000;

export interface UserStoreOptions {
  model: UserModel;
  ids: Sequence;
}

export type NewUser = Pick<UserRecord, 'username' | 'email' | 'securityQuestion'> & {
  password: string;
  securityAnswer: string;
};

/** The queries about users. */
export function createUserStore({ model, ids }: UserStoreOptions) {
  /** Requests that arrive together share a query: every request asks for its user (measured: balance). */
  const loader = new DataLoader<number, Caller | undefined>(
    async (wanted) => {
      const found = await model
        .find({ _id: trusted({ $in: [...new Set(wanted)] }) })
        .select('username version refuses')
        .lean<Caller[]>()
        .exec();
      const byId = new Map(found.map((user) => [user._id, user]));
      return wanted.map((id) => byId.get(id));
    },
    { cache: false, maxBatchSize: 500, batchScheduleFn: (run) => setImmediate(run) },
  );
  const nameOf = (username: string) => username.trim().toLowerCase();

  return {
    find: (id: number) => loader.load(id),
    findByName: (username: string) =>
      model
        .findOne({ name: nameOf(username) })
        .select('+password +securityAnswer')
        .lean<UserRecord>()
        .exec(),
    /** Answers undefined when name or mail are taken. */
    async create(user: NewUser): Promise<UserRecord | undefined> {
      const _id = await ids.reserve();
      try {
        const created = await model.create({
          ...user,
          _id,
          name: nameOf(user.username),
          createdAt: new Date(),
        });
        return created.toObject<UserRecord>();
      } catch (error) {
        if (isDuplicateKey(error)) return undefined;
        throw error;
      }
    },
    /** Ends all tokens; false where the password has been changed since it was read. */
    async setPassword(
      id: number,
      former: string,
      next: { password: string; securityAnswer?: string },
    ): Promise<boolean> {
      const { matchedCount } = await model
        .updateOne({ _id: id, password: former }, { $set: next, $inc: { version: 1 } })
        .exec();
      return matchedCount === 1;
    },
    /** The same password in the form of today; tokens stay good. */
    async rehash(id: number, former: string, password: string): Promise<void> {
      await model.updateOne({ _id: id, password: former }, { $set: { password } }).exec();
    },
    /** What users do not want, as `project:phone`. */
    async refusals(users: readonly Caller[]): Promise<Map<number, ReadonlySet<string>>> {
      const ids = users.filter(({ refuses }) => refuses).map(({ _id }) => _id);
      if (ids.length === 0) return new Map();
      const found = await model
        .find({ _id: trusted({ $in: [...new Set(ids)] }) })
        .select('blacklist')
        .lean<Pick<UserRecord, '_id' | 'blacklist'>[]>()
        .exec();
      return new Map(found.map(({ _id, blacklist = [] }) => [_id, new Set(blacklist)]));
    },
    /** The last thousand that a user did not want are remembered. */
    async addToBlacklist(id: number, projectId: string, phone: string): Promise<void> {
      const name = `${projectId}:${phone}`;
      await model
        .updateOne(
          { _id: id, blacklist: trusted({ $ne: name }) },
          { $push: { blacklist: { $each: [name], $slice: -maxBlacklist } }, $set: { refuses: true } },
        )
        .exec();
    },
    async list(search: string | undefined, { skip, limit }: PageRequest): Promise<Page<UserRecord>> {
      const pattern = search ? containsText(search) : undefined;
      const filter = pattern ? { $or: [{ username: pattern }, { email: pattern }] } : {};
      const [items, total] = await Promise.all([
        model
          .find(filter)
          .sort({ _id: -1 })
          .skip(skip)
          .limit(limit)
          .maxTimeMS(searchMs)
          .lean<UserRecord[]>()
          .exec(),
        model.countDocuments(filter).maxTimeMS(searchMs).exec(),
      ]);
      return { items, total };
    },
  };
}

export type UserStore = ReturnType<typeof createUserStore>;
