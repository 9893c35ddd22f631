import { makeApiKey } from '@portico/auth';
import type { Page, PageRequest, Sequence } from '@portico/mongo';
import type { KeyModel, KeyRecord } from './keys.model.ts';

/** Keys of this service begin with this. */
export const keyPrefix = 'pk_';

export interface KeyStoreOptions {
  model: KeyModel;
  ids: Sequence;
}

const shown = '-hash';

/** The queries about API keys. */
export function createKeyStore({ model, ids }: KeyStoreOptions) {
  return {
    /** Makes a key; the answer is the only time that anybody sees it. */
    async create(
      grant: Pick<KeyRecord, 'ownerId' | 'scopes' | 'expiresAt'>,
    ): Promise<{ record: KeyRecord; key: string }> {
      const { key, hash, hint } = makeApiKey(keyPrefix);
      const made = { ...grant, _id: await ids.reserve(), hash, hint, createdAt: new Date() };
      const record = await model.create(made);
      return { record: record.toObject<KeyRecord>(), key };
    },
    findByHash: (hash: string) => model.findOne({ hash }).select(shown).lean<KeyRecord>().exec(),
    async list({ skip, limit }: PageRequest): Promise<Page<KeyRecord>> {
      const [items, total] = await Promise.all([
        model.find().sort({ _id: -1 }).skip(skip).limit(limit).select(shown).lean<KeyRecord[]>().exec(),
        model.countDocuments().exec(),
      ]);
      return { items, total };
    },
    /** Answers the key's hash where there was something to revoke. */
    async revoke(id: number): Promise<string | undefined> {
      const revoked = await model
        .findOneAndUpdate({ _id: id, revokedAt: null }, { $set: { revokedAt: new Date() } })
        .lean<KeyRecord>()
        .exec();
      return revoked?.hash;
    },
    async used(id: number, at: Date): Promise<void> {
      await model.updateOne({ _id: id }, { $set: { lastUsedAt: at } }).exec();
    },
  };
}

export type KeyStore = ReturnType<typeof createKeyStore>;
