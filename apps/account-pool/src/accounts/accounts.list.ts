import { containsText, searchTime, type Page, type PageRequest } from '@portico/mongo';
import type { CountStore } from '../stats/counts.store.ts';
import type { AccountModel, AccountRecord } from './accounts.model.ts';
import type { sortFields } from './accounts.schemas.ts';
import mongoose from 'mongoose';

export interface ListRequest {
  platform?: string | undefined;
  status?: readonly string[] | undefined;
  ownerId?: string | undefined;
  /** Part of a custom id or of notes. */
  search?: string | undefined;
  sort: { field: (typeof sortFields)[number]; order: 'asc' | 'desc' };
  page: PageRequest;
}

const { trusted } = mongoose;

/** Of the orders that have an index. Engines that sort by it only within a range of it do so too. */
const ranges: Partial<Record<ListRequest['sort']['field'], object>> = {
  id: { _id: trusted({ $gt: 0 }) },
  createdAt: { createdAt: trusted({ $gt: new Date(0) }) },
};

export interface AccountListOptions {
  model: AccountModel;
  counts: CountStore;
  /** Brings the counts up to date. */
  settle: () => Promise<void>;
}

/** Lists accounts (document 001, section 4). */
export function createAccountList({ model, counts, settle }: AccountListOptions) {
  /** From the counts, so that it costs the same however many there are; only a search has to count. */
  async function totalOf(request: ListRequest, filter: object): Promise<number> {
    const { platform, status, ownerId, search } = request;
    if (search !== undefined) return model.countDocuments(filter).setOptions(searchTime).exec();
    await settle();
    const counted = await counts.list({
      ...(platform !== undefined && { platform }),
      ...(ownerId !== undefined && { ownerId }),
      ...(status && { status }),
    });
    return counted.reduce((sum, { count }) => sum + count, 0);
  }

  return async function list(request: ListRequest): Promise<Page<AccountRecord>> {
    const { platform, status, ownerId, search, sort, page } = request;
    const pattern = search === undefined ? undefined : containsText(search);
    const filter = {
      ...(ownerId !== undefined && { ownerId }),
      ...(platform !== undefined && { platform }),
      ...(status && { status: status.length === 1 ? status[0] : trusted({ $in: [...status] }) }),
      ...(pattern && { $or: [{ customId: pattern }, { notes: pattern }] }),
      deleted: trusted({ $exists: false }),
      ...ranges[sort.field],
    };
    // A search reads what it compares, and some orders have no index.
    const isSlow = pattern !== undefined || !ranges[sort.field];
    const direction = sort.order === 'asc' ? 1 : -1;
    const field = sort.field === 'id' ? '_id' : sort.field;
    const [items, total] = await Promise.all([
      model
        .find(filter as object)
        .sort({ [field]: direction, ...(field !== '_id' && { _id: direction }) })
        .skip(page.skip)
        .limit(page.limit)
        .select('-events')
        .setOptions(isSlow ? searchTime : {})
        .lean<AccountRecord[]>()
        .exec(),
      totalOf(request, filter),
    ]);
    return { items, total };
  };
}

export type AccountList = ReturnType<typeof createAccountList>;
