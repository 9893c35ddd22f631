import type { Page, PageRequest, Sequence } from '@portico/mongo';
import type { Model } from 'mongoose';

/** What operators publish as a list that has an order: FAQ, categories of feedback. */
export interface Ordered {
  _id: number;
  /** Low ones first; among equals the newest. */
  position: number;
  createdAt: Date;
  updatedAt: Date;
}

/** Such lists are short, as somebody wrote every entry by hand: sorted without an index. */
const listOrder = { position: 1, _id: -1 } as const;

export const orderedFields = {
  _id: { type: Number, required: true },
  position: { type: Number, default: 0 },
  createdAt: { type: Date, required: true },
  updatedAt: { type: Date, required: true },
} as const;

/** The queries about one such list. */
export function createOrderedStore<Entry extends Ordered>(model: Model<Entry>, ids: Sequence) {
  type Content = Omit<Entry, keyof Ordered> & { position?: number | undefined };
  return {
    async list({ skip, limit }: PageRequest): Promise<Page<Entry>> {
      const [items, total] = await Promise.all([
        model.find().sort(listOrder).skip(skip).limit(limit).lean<Entry[]>().exec(),
        model.countDocuments().exec(),
      ]);
      return { items, total };
    },
    find: (id: number) => model.findOne({ _id: id }).lean<Entry>().exec(),
    async create(content: Content): Promise<Entry> {
      const now = new Date();
      const entry = { position: 0, ...content, _id: await ids.reserve(), createdAt: now, updatedAt: now };
      const created = await model.create(entry as never);
      return (created as unknown as { toObject(): Entry }).toObject();
    },
    /** Members that are missing keep what they are. */
    update: (id: number, change: Partial<Content>) =>
      model
        .findOneAndUpdate(
          { _id: id },
          { $set: { ...change, updatedAt: new Date() } },
          { returnDocument: 'after' },
        )
        .lean<Entry>()
        .exec(),
    async remove(id: number): Promise<boolean> {
      const { deletedCount } = await model.deleteOne({ _id: id }).exec();
      return deletedCount === 1;
    },
  };
}

export type OrderedStore<Entry extends Ordered> = ReturnType<typeof createOrderedStore<Entry>>;
