import { isDuplicateKey } from '@portico/mongo';
import DataLoader from 'dataloader';
import mongoose from 'mongoose';
import type { Entry, EntryType } from './entries.ts';
import type { WalletModel, WalletRecord } from './wallets.model.ts';

const { trusted } = mongoose;

/** What may be spent, and what is held. In 分. */
export type Money = Pick<WalletRecord, 'balance' | 'frozen'>;

/** Money that a lease is to set aside. */
export interface WantedHold {
  userId: number;
  lease: string;
  amount: number;
}

/**
 * Moves money between the accounts of a user. Each move is one conditional write that carries its entry for the ledger:
 * there is no moment at which the balance is changed and the entry is not there (contract: money).
 */
export function createAccountStore(model: WalletModel, onEntry: () => void) {
  const wallets = () => model.db.collection<WalletRecord>(model.collection.name);

  /** Requests that arrive together share a query. */
  const loader = new DataLoader<number, Money>(
    async (wanted) => {
      const found = await model
        .find({ _id: trusted({ $in: [...new Set(wanted)] }) })
        .select('balance frozen')
        .lean<(Money & { _id: number })[]>()
        .exec();
      const byId = new Map(found.map((wallet) => [wallet._id, wallet]));
      return wanted.map((id) => byId.get(id) ?? { balance: 0, frozen: 0 });
    },
    { cache: false, maxBatchSize: 500, batchScheduleFn: (run) => setImmediate(run) },
  );

  const holdStatement = (userId: number, holds: readonly WantedHold[], at: Date) => {
    const total = holds.reduce((sum, { amount }) => sum + amount, 0);
    const entries = holds.map(({ lease, amount }): Entry => ({
      transaction: `${lease}:hold`,
      type: 'hold',
      amount,
      lease,
      at,
    }));
    return {
      filter: { _id: userId, balance: { $gte: total } },
      update: {
        $inc: { balance: -total, frozen: total },
        $push: {
          holds: { $each: holds.map(({ lease, amount }) => ({ lease, amount, at })) },
          entries: { $each: entries },
        },
        $min: { pendingSince: at },
      },
    };
  };

  /** Which of these leases have their money by now. */
  async function heldLeases(userIds: readonly number[], leases: ReadonlySet<string>): Promise<Set<string>> {
    const found = await wallets()
      .find({ _id: { $in: [...userIds] } })
      .project<Pick<WalletRecord, 'holds'>>({ holds: 1 })
      .toArray();
    return new Set(
      found.flatMap(({ holds }) => holds.map(({ lease }) => lease)).filter((lease) => leases.has(lease)),
    );
  }

  return {
    /** What a user has; nothing as long as nothing came in. */
    money: (userId: number): Promise<Money> => loader.load(userId),

    /**
     * Sets money aside for many leases at once; answers those that have it. Of a user who cannot pay for all of his,
     * as many as he can pay for, in order.
     */
    async hold(wanted: readonly WantedHold[]): Promise<Set<string>> {
      const at = new Date();
      const byUser = Map.groupBy(wanted, ({ userId }) => userId);
      const statements = [...byUser].map(([userId, holds]) => ({
        updateOne: holdStatement(userId, holds, at),
      }));
      if (statements.length === 0) return new Set();
      const { modifiedCount } = await wallets().bulkWrite(statements, { ordered: false });
      const all = new Set(wanted.map(({ lease }) => lease));
      if (modifiedCount > 0) onEntry();
      if (modifiedCount === statements.length) return all;
      const held = await heldLeases([...byUser.keys()], all);
      for (const [userId, holds] of byUser) {
        if (holds.length === 1 || holds.some(({ lease }) => held.has(lease))) continue;
        // All together were too much: one after the other, until one is too much.
        for (const hold of holds) {
          const { filter, update } = holdStatement(userId, [hold], at);
          const { modifiedCount: changed } = await wallets().updateOne(filter, update);
          if (changed === 0) break;
          held.add(hold.lease);
          onEntry();
        }
      }
      return held;
    },

    /** Ends holds: `release` gives the money back, `capture` keeps it. One that is ended already stays as it is. */
    async settle(type: 'release' | 'capture', holds: readonly WantedHold[]): Promise<void> {
      if (holds.length === 0) return;
      const at = new Date();
      await wallets().bulkWrite(
        holds.map(({ userId, lease, amount }) => ({
          updateOne: {
            filter: { _id: userId, 'holds.lease': lease },
            update: {
              $inc: { frozen: -amount, ...(type === 'release' && { balance: amount }) },
              $pull: { holds: { lease } },
              $push: { entries: { transaction: `${lease}:${type}`, type, amount, lease, at } },
              $min: { pendingSince: at },
            },
          },
        })),
        { ordered: false },
      );
      onEntry();
    },

    /**
     * Adds money. Answers false where the credit has been counted before.
     *
     * @param credit names what comes from elsewhere and may come again; the first time counts
     */
    async credit(
      user: { _id: number; username: string },
      entry: { type: EntryType; amount: number; transaction: string; reason?: string },
      credit?: string,
    ): Promise<boolean> {
      const at = new Date();
      try {
        await wallets().updateOne(
          { _id: user._id, ...(credit !== undefined && { credits: { $ne: credit } }) },
          {
            $setOnInsert: { username: user.username, frozen: 0, holds: [] },
            $inc: { balance: entry.amount },
            $push: { entries: { ...entry, at }, ...(credit !== undefined && { credits: credit }) },
            $min: { pendingSince: at },
          },
          // The first credit makes the wallet; one that was counted before meets the wallet that is there.
          { upsert: true },
        );
      } catch (error) {
        if (isDuplicateKey(error) && credit !== undefined) return false;
        throw error;
      }
      onEntry();
      return true;
    },

    /** Holds that are older than this, a page of users at a time. */
    async *holdsBefore(before: Date, pageSize: number): AsyncGenerator<WantedHold[]> {
      for (let after = 0; ;) {
        const page = await wallets()
          .find({ _id: { $gt: after }, 'holds.at': { $lt: before } })
          .sort({ _id: 1 })
          .limit(pageSize)
          .project<Pick<WalletRecord, '_id' | 'holds'>>({ holds: 1 })
          .toArray();
        yield page.flatMap(({ _id, holds }) =>
          holds.filter(({ at }) => at < before).map(({ lease, amount }) => ({ userId: _id, lease, amount })),
        );
        const last = page.at(-1);
        if (!last || page.length < pageSize) return;
        after = last._id;
      }
    },
  };
}

export type AccountStore = ReturnType<typeof createAccountStore>;
