import { containsText, isDuplicateKey, type PageRequest } from '@portico/mongo';
import type { UserModel, UserRecord } from './users.model.ts';
import { isObjectId, newestFirst } from '../objects.ts';

export type Profile = Pick<UserRecord, 'fullName' | 'phoneNumber' | 'avatarUrl' | 'bio'>;

/** The queries about users. */
export function createUserStore(model: UserModel) {
  return {
    /** Answers undefined when the address has a user already. */
    async create(
      user: Pick<UserRecord, 'email' | 'role'> & { password: string },
    ): Promise<UserRecord | undefined> {
      try {
        const created = await model.create({ ...user, createdAt: new Date() });
        return created.toObject<UserRecord>();
      } catch (error) {
        if (isDuplicateKey(error)) return undefined;
        throw error;
      }
    },
    find: (id: string) =>
      isObjectId(id) ? model.findById(id).lean<UserRecord>().exec() : Promise.resolve(null),
    findByEmail: (email: string) => model.findOne({ email }).select('+password').lean<UserRecord>().exec(),
    findWithPassword: (id: string) => model.findById(id).select('+password').lean<UserRecord>().exec(),
    updateProfile: (id: string, profile: Partial<Profile>) =>
      model
        .findOneAndUpdate(
          { _id: id },
          { $set: { ...profile, updatedAt: new Date() } },
          { returnDocument: 'after' },
        )
        .lean<UserRecord>()
        .exec(),
    /** The same password in the form of today; tokens stay good. */
    async rehash(id: string, former: string, password: string): Promise<void> {
      await model.updateOne({ _id: id, password: former }, { $set: { password } }).exec();
    },
    /** Changes what ends earlier tokens; answers the user with the new version. */
    changeIdentity: (
      id: string,
      change: Partial<Pick<UserRecord, 'password' | 'role' | 'isActive'>>,
      /** Only while this is the stored password. */
      former?: string,
    ) =>
      model
        .findOneAndUpdate(
          { _id: id, ...(former !== undefined && { password: former }) },
          { $set: { ...change, updatedAt: new Date() }, $inc: { version: 1 } },
          { returnDocument: 'after' },
        )
        .lean<UserRecord>()
        .exec(),
    hasOperator: async () => (await model.exists({ role: 'admin', isActive: true })) !== null,
    list: (email: string | undefined, page: PageRequest) =>
      newestFirst(model, email ? { email: containsText(email) } : {}, page),
  };
}

export type UserStore = ReturnType<typeof createUserStore>;
