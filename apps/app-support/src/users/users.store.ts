import { containsText, isDuplicateKey, type Page, type PageRequest, type Sequence } from '@portico/mongo';
import mongoose from 'mongoose';
import type { UserModel, UserRecord } from './users.model.ts';

export interface UserStoreOptions {
  model: UserModel;
  ids: Sequence;
}

export type NewUser = Pick<UserRecord, 'area' | 'phone' | 'email' | 'openid' | 'username'> & {
  address: string;
  password: string;
};

/** Members that users change themselves. */
export type Profile = Pick<UserRecord, 'nickname' | 'avatar' | 'gender' | 'birthday' | 'homeAddress'>;

/** A search reads what it compares: it is cut off after this long. */
const searchMs = 2000;

/** The queries about users. Those who are being deleted are not there any more. */
export function createUserStore({ model, ids }: UserStoreOptions) {
  const here = { deletedAt: null };
  const update = (id: number, change: object) =>
    model
      .findOneAndUpdate(
        { _id: id, ...here },
        { $set: { ...change, updatedAt: new Date() } },
        { returnDocument: 'after' },
      )
      .lean<UserRecord>()
      .exec();

  return {
    /** Answers undefined when the account has a user already. */
    async create(user: NewUser): Promise<UserRecord | undefined> {
      const now = new Date();
      const _id = await ids.reserve();
      try {
        const created = await model.create({ ...user, _id, createdAt: now, updatedAt: now });
        return created.toObject<UserRecord>();
      } catch (error) {
        if (isDuplicateKey(error)) return undefined;
        throw error;
      }
    },
    find: (id: number) =>
      model
        .findOne({ _id: id, ...here })
        .lean<UserRecord>()
        .exec(),
    findByAddress: (address: string) =>
      model
        .findOne({ address, ...here })
        .select('+password')
        .lean<UserRecord>()
        .exec(),
    findWithPassword: (id: number) =>
      model
        .findOne({ _id: id, ...here })
        .select('+password')
        .lean<UserRecord>()
        .exec(),
    updateProfile: (id: number, profile: Partial<Profile>) => update(id, profile),
    setActive: (id: number, isActive: boolean) => update(id, { isActive }),
    setPassword: (id: number, password: string) => update(id, { password }),
    /** Whether it was still the former one that has been replaced. */
    async replacePassword(id: number, former: string, password: string): Promise<boolean> {
      const { matchedCount } = await model
        .updateOne({ _id: id, password: former, ...here }, { $set: { password, updatedAt: new Date() } })
        .exec();
      return matchedCount === 1;
    },
    /** The same password in the form of today, unless it has been changed since it was read. */
    async rehash(id: number, former: string, password: string): Promise<void> {
      await model.updateOne({ _id: id, password: former, ...here }, { $set: { password } }).exec();
    },
    clearPushes: (id: number, pushesClearedAt: Date) => update(id, { pushesClearedAt }),
    /** Which of these users may get pushes. */
    async activeAmong(userIds: Iterable<number>): Promise<Set<number>> {
      // By id alone: a planner that took the index on deletions would look at every user there is.
      const found = await model
        .find({ _id: mongoose.trusted({ $in: [...userIds] }) })
        .select('isActive deletedAt')
        .lean<Pick<UserRecord, '_id' | 'isActive' | 'deletedAt'>[]>()
        .exec();
      const active = found.filter(({ isActive, deletedAt }) => isActive && !deletedAt);
      return new Set(active.map(({ _id }) => _id));
    },
    async list(search: string, { skip, limit }: PageRequest): Promise<Page<UserRecord>> {
      const pattern = search === '' ? undefined : containsText(search);
      const filter = {
        // The newest by id: engines that sort by an index only within a range of it do so too.
        _id: mongoose.trusted({ $gt: 0 }),
        ...here,
        ...(pattern && {
          $or: ['phone', 'email', 'username', 'nickname'].map((field) => ({ [field]: pattern })),
        }),
      };
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
    /** Begins a deletion: the account is free for others at once, and nothing personal stays. */
    async beginDeletion(id: number): Promise<boolean> {
      const wiped = { area: '', phone: '', email: '', username: '', nickname: '', avatar: '', birthday: '' };
      const { modifiedCount } = await model
        .updateOne(
          { _id: id, ...here },
          {
            $set: { ...wiped, homeAddress: '', gender: 2, isActive: false, deletedAt: new Date() },
            $unset: { address: 1, password: 1 },
          },
        )
        .exec();
      return modifiedCount === 1;
    },
    /** Users whose deletion began before this and was not finished. */
    async unfinishedDeletions(before: Date, limit: number): Promise<number[]> {
      const found = await model
        .find({ deletedAt: mongoose.trusted({ $lt: before }) })
        .select('_id')
        .limit(limit)
        .lean<{ _id: number }[]>()
        .exec();
      return found.map(({ _id }) => _id);
    },
    async finishDeletion(id: number): Promise<void> {
      await model.deleteOne({ _id: id, deletedAt: mongoose.trusted({ $ne: null }) }).exec();
    },
  };
}

export type UserStore = ReturnType<typeof createUserStore>;
