import { AppError } from '@portico/envelope';
import { isDuplicateKey, type Sequence } from '@portico/mongo';
import type { AccountRecord } from '../accounts/accounts.model.ts';
import { changeStatement, type AccountStore } from '../accounts/accounts.store.ts';
import { newOperation, type Actor } from '../accounts/events.ts';
import type { UploadRow } from './uploads.schemas.ts';

/** A status that an upload asked for and did not get. */
export interface Skipped {
  id: number;
  platform: string;
  customId: string;
  /** The status that the upload wanted. */
  status: string;
  reason: 'leased';
}

export interface UploadResult {
  processedCount: number;
  createdCount: number;
  updatedCount: number;
  skipped: Skipped[];
}

export interface UploadServiceOptions {
  store: AccountStore;
  ids: Sequence;
  /** Accounts were made or became available. */
  onChange: () => void;
}

type Existing = Pick<AccountRecord, '_id' | 'platform' | 'customId' | 'status' | 'lastOperation'>;

/** Custom ids asked for in one query. */
const lookUpSize = 1000;
/** What others make, change and delete meanwhile is met by reading again. */
const maxTries = 10;

const keyOf = ({ platform, customId }: { platform: string; customId: string }) => `${platform}\n${customId}`;

/** Uploading accounts (document 001, section 3; contract: upload). */
export function createUploadService({ store, ids, onChange }: UploadServiceOptions) {
  async function findExisting(ownerId: string, rows: readonly UploadRow[]): Promise<Map<string, Existing>> {
    const byPlatform = Map.groupBy(rows, ({ platform }) => platform);
    const found = new Map<string, Existing>();
    for (const [platform, ofPlatform] of byPlatform) {
      for (let start = 0; start < ofPlatform.length; start += lookUpSize) {
        const customIds = ofPlatform.slice(start, start + lookUpSize).map(({ customId }) => customId);
        const accounts = await store
          .collection()
          .find({ ownerId, platform, customId: { $in: customIds } })
          .project<Existing>({ platform: 1, customId: 1, status: 1, lastOperation: 1 })
          .toArray();
        for (const account of accounts) found.set(keyOf(account), account);
      }
    }
    return found;
  }

  /** Answers how many were made; those that exist by now are left to the next try. */
  async function create(
    ownerId: string,
    rows: readonly UploadRow[],
    actor: Actor,
    operation: string,
  ): Promise<number> {
    if (rows.length === 0) return 0;
    const first = await ids.reserve(rows.length);
    const at = new Date();
    const accounts = rows.map((row, index) => newAccount(first + index, ownerId, row, actor, operation, at));
    try {
      const { insertedCount } = await store.collection().insertMany(accounts, { ordered: false });
      return insertedCount;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return (error as unknown as { insertedCount: number }).insertedCount;
    }
  }

  /** Answers how many were replaced; what others change meanwhile is left to the next try. */
  async function replace(
    ownerId: string,
    changes: readonly { row: UploadRow; account: Existing }[],
    actor: Actor,
    operation: string,
  ): Promise<number> {
    if (changes.length === 0) return 0;
    const at = new Date();
    const { modifiedCount } = await store.collection().bulkWrite(
      changes.map(({ row, account }) => {
        const status = wantsLeased(row, account) ? account.status : (row.status ?? account.status);
        const { platform, status: former, _id } = account;
        return {
          updateOne: changeStatement(
            { ownerId, platform, status: former, ids: [_id] },
            { action: 'upload', actor, operation, at, to: { ownerId, status }, set: { data: row.data } },
          ),
        };
      }),
      { ordered: false },
    );
    return modifiedCount;
  }

  return {
    /**
     * Makes and replaces accounts. The rows have been validated: from here on all of them are written, some of them
     * perhaps by the repetition of a request that was cut off.
     */
    async upload(ownerId: string, rows: readonly UploadRow[], actor: Actor): Promise<UploadResult> {
      // The last of several rows with one key wins.
      let open = [...new Map(rows.map((row) => [keyOf(row), row])).values()];
      const operations = new Set<string>();
      const skipped = new Map<number, Skipped>();
      let createdCount = 0;
      for (let tries = 0; ; tries += 1) {
        const existing = await findExisting(ownerId, open);
        // What an earlier try has written is done.
        open = open.filter((row) => !operations.has(existing.get(keyOf(row))?.lastOperation ?? ''));
        if (open.length === 0) break;
        if (tries === maxTries)
          throw new AppError('conflict', { message: 'The accounts are being changed by others, try again.' });
        // Another name for each try: one account must not carry two events of one name.
        const operation = newOperation();
        operations.add(operation);
        const fresh: UploadRow[] = [];
        const known: { row: UploadRow; account: Existing }[] = [];
        for (const row of open) {
          const account = existing.get(keyOf(row));
          if (account) known.push({ row, account });
          else fresh.push(row);
        }
        const created = await create(ownerId, fresh, actor, operation);
        createdCount += created;
        const replaced = await replace(ownerId, known, actor, operation);
        for (const { row, account } of known) {
          if (wantsLeased(row, account)) skipped.set(account._id, skippedOf(row, account));
          else skipped.delete(account._id);
        }
        if (created + replaced === open.length) break;
      }
      onChange();
      const processedCount = rows.length;
      return {
        processedCount,
        createdCount,
        updatedCount: processedCount - createdCount,
        skipped: [...skipped.values()],
      };
    },
  };
}

export type UploadService = ReturnType<typeof createUploadService>;

/** A leased account keeps its lock: its holder would otherwise share it with whoever acquires it next. */
const wantsLeased = (row: UploadRow, account: Existing) =>
  account.status === 'locked' && row.status !== undefined && row.status !== 'locked';

const skippedOf = (row: UploadRow, { _id }: Existing): Skipped => ({
  id: _id,
  platform: row.platform,
  customId: row.customId,
  status: row.status ?? '',
  reason: 'leased',
});

function newAccount(
  _id: number,
  ownerId: string,
  { platform, customId, data, status = 'available' }: UploadRow,
  actor: Actor,
  operation: string,
  at: Date,
): AccountRecord {
  return {
    _id,
    ownerId,
    platform,
    customId,
    data,
    status,
    notes: null,
    lockedAt: status === 'locked' ? at : null,
    createdAt: at,
    updatedAt: at,
    lastUsedAt: at,
    leaseToken: 0,
    lastOperation: operation,
    events: [{ operation, action: 'upload', at, platform, from: null, to: { ownerId, status }, ...actor }],
    pendingSince: at,
  };
}
