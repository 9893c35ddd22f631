import type { Page, PageRequest } from '@portico/mongo';
import DataLoader from 'dataloader';
import mongoose, { type ClientSession } from 'mongoose';
import { postingsOf, walletChanges, type Money, type Move, type Posting } from './moves.ts';
import { OutdatedError } from './outdated.ts';
import type { PostingModel } from './postings.model.ts';
import type { VoucherModel, VoucherRecord } from './vouchers.model.ts';
import type { WalletModel, WalletRecord } from './wallets.model.ts';

const { trusted } = mongoose;
const countMs = 5000;

export interface LedgerModels {
  wallet: WalletModel;
  posting: PostingModel;
  voucher: VoucherModel;
}

/** What moves money. */
export interface Accounts {
  /** What a user has; nothing as long as nothing came in. */
  money(userId: number): Promise<Money>;
  /**
   * Posts moves and changes the wallets by them.
   *
   * @throws OutdatedError where a wallet has too little
   */
  post(moves: readonly Move[], session: ClientSession): Promise<void>;
}

/** The queries about money. */
export function createLedgerStore({ wallet, posting, voucher }: LedgerModels) {
  const wallets = () => wallet.db.collection<WalletRecord>(wallet.collection.name);

  /** Requests that arrive together share a query. */
  const loader = new DataLoader<number, Money>(
    async (wanted) => {
      const found = await wallets()
        .find({ _id: { $in: [...new Set(wanted)] } })
        .toArray();
      const byId = new Map(found.map((one) => [one._id, one]));
      return wanted.map((id) => byId.get(id) ?? { balance: 0, frozen: 0 });
    },
    { cache: false, maxBatchSize: 500, batchScheduleFn: (run) => setImmediate(run) },
  );

  return {
    money: (userId: number) => loader.load(userId),

    async post(moves: readonly Move[], session: ClientSession): Promise<void> {
      const at = new Date();
      const postings = moves.flatMap((move) => postingsOf(move, at));
      const changes = [...walletChanges(postings)];
      const { matchedCount } = await wallets().bulkWrite(
        changes.map(([_id, { balance, frozen }]) => ({
          updateOne: {
            filter: { _id, balance: { $gte: -balance }, frozen: { $gte: -frozen } },
            update: { $inc: { balance, frozen } },
          },
        })),
        { session },
      );
      if (matchedCount < changes.length) throw new OutdatedError('a wallet has too little');
      await posting.collection.insertMany(postings as never[], { session });
    },

    /** Makes the wallet of a user to whom nothing came in yet. Not in the transaction: a wallet of nothing changes nothing. */
    async openWallet(userId: number): Promise<void> {
      const empty = { $setOnInsert: { balance: 0, frozen: 0 } };
      await wallets().updateOne({ _id: userId }, empty, { upsert: true });
    },

    async addVouchers(vouchers: readonly Omit<VoucherRecord, 'userId' | 'redeemedAt'>[]): Promise<void> {
      await voucher.insertMany(vouchers);
    },

    /** Marks a voucher as redeemed; null where there is none or it has been redeemed. */
    takeVoucher: (_id: string, userId: number, session: ClientSession) =>
      voucher
        .findOneAndUpdate({ _id, userId: null }, { $set: { userId, redeemedAt: new Date() } }, { session })
        .lean<VoucherRecord>()
        .exec(),

    /** A page of the ledger, or of a user's part of it, the latest first. */
    async page(userId: number | undefined, { skip, limit }: PageRequest): Promise<Page<Posting>> {
      // Engines that sort by an index only within a range of it do so for the whole ledger too.
      const filter = userId === undefined ? { _id: trusted({ $gt: '' }) } : { userId };
      const [items, total] = await Promise.all([
        posting.find(filter).sort({ _id: -1 }).skip(skip).limit(limit).lean<Posting[]>().exec(),
        posting.countDocuments(filter).maxTimeMS(countMs).exec(),
      ]);
      return { items, total };
    },
  };
}

export type LedgerStore = ReturnType<typeof createLedgerStore>;
