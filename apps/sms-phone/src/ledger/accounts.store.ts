import { isDuplicateKey } from '@portico/mongo';
import DataLoader from 'dataloader';
import mongoose from 'mongoose';
import { holdName, settlementName, type Entry, type EntryType, type Settlement } from './entries.ts';
import { pendingWallets } from './pending.ts';
import type { WalletModel, WalletRecord } from './wallets.model.ts';

const { trusted } = mongoose;

/** What may be spent, and what is held. In 分. */
export type Money = Pick<WalletRecord, 'balance' | 'frozen'>;

/** Money that is set aside for a lease. */
export interface Hold {
  userId: number;
  lease: string;
  amount: number;
}

/** The epochs of wallets, by user. */
export type Epochs = ReadonlyMap<number, number>;

/** How a hold ends: `release` gives the money back, `capture` keeps it. */
export interface EndOfHold extends Hold {
  type: Settlement;
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

  const holdStatement = (userId: number, holds: readonly Hold[], at: Date) => {
    const total = holds.reduce((sum, { amount }) => sum + amount, 0);
    const entries = holds.map(({ lease, amount }): Entry => ({
      transaction: holdName(lease),
      type: 'hold',
      amount,
      lease,
      at,
    }));
    return {
      filter: { _id: userId, balance: { $gte: total } },
      update: {
        $inc: { balance: -total, frozen: total },
        $push: { entries: { $each: entries } },
        $min: { pendingSince: at },
      },
    };
  };

  /** The names of the moves of these users that are not in the ledger yet. */
  async function pendingNames(userIds: readonly number[]): Promise<Set<string>> {
    const found = await wallets()
      .find({ _id: { $in: [...userIds] } })
      .project<Pick<WalletRecord, 'entries'>>({ 'entries.transaction': 1 })
      .toArray();
    return new Set(found.flatMap(({ entries = [] }) => entries.map(({ transaction }) => transaction)));
  }

  return {
    /** What a user has; nothing as long as nothing came in. */
    money: (userId: number): Promise<Money> => loader.load(userId),

    /**
     * Sets money aside for many leases at once; answers those that have it. Of a user who cannot pay for all of his,
     * as many as he can pay for, in order.
     */
    async hold(wanted: readonly Hold[]): Promise<Set<string>> {
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
      // A hold stays in the wallet until its lease is there, which nobody has written yet.
      const names = await pendingNames([...byUser.keys()]);
      const held = new Set([...all].filter((lease) => names.has(holdName(lease))));
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

    /** Takes holds back whose lease never began and never will. What is taken back already stays as it is. */
    async cancel(holds: readonly Hold[]): Promise<void> {
      if (holds.length === 0) return;
      await wallets().bulkWrite(
        holds.map(({ userId, lease, amount }) => ({
          updateOne: {
            filter: { _id: userId, 'entries.transaction': holdName(lease) },
            update: {
              $inc: { frozen: -amount, balance: amount },
              $pull: { entries: { transaction: holdName(lease) } },
            },
          },
        })),
        { ordered: false },
      );
      onEntry();
    },

    /** What whoever settles must know before he sees that a lease is not settled yet. */
    async epochs(userIds: readonly number[]): Promise<Epochs> {
      const found = await wallets()
        .find({ _id: { $in: [...new Set(userIds)] } })
        .project<Pick<WalletRecord, '_id' | 'epoch'>>({ epoch: 1 })
        .toArray();
      return new Map(found.map(({ _id, epoch }) => [_id, epoch]));
    },

    /**
     * Ends holds, each once; answers the leases whose holds have ended, by this or before. The others' wallets have gone on
     * since: their epochs and leases are to be read again.
     */
    async settle(ends: readonly EndOfHold[], epochs: Epochs): Promise<Set<string>> {
      const all = new Set(ends.map(({ lease }) => lease));
      if (ends.length === 0) return all;
      const at = new Date();
      const { modifiedCount } = await wallets().bulkWrite(
        ends.map(({ userId, lease, amount, type }) => {
          const transaction = settlementName(type, lease);
          return {
            updateOne: {
              filter: {
                _id: userId,
                epoch: epochs.get(userId) ?? -1,
                'entries.transaction': { $ne: transaction },
              },
              update: {
                $inc: { frozen: -amount, ...(type === 'release' && { balance: amount }) },
                $push: { entries: { transaction, type, amount, lease, at } },
                $min: { pendingSince: at },
              },
            },
          };
        }),
        { ordered: false },
      );
      if (modifiedCount === ends.length) return all;
      const names = await pendingNames([...new Set(ends.map(({ userId }) => userId))]);
      return new Set(
        ends.filter(({ type, lease }) => names.has(settlementName(type, lease))).map(({ lease }) => lease),
      );
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
            $setOnInsert: { username: user.username, frozen: 0, epoch: 0 },
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

    /** Holds that are older than this and not in the ledger, because their lease is not there; a page of users at a time. */
    async *holdsBefore(before: Date): AsyncGenerator<Hold[]> {
      for await (const page of pendingWallets(model, before)) {
        yield page.flatMap(({ _id, entries = [] }) =>
          entries.flatMap(({ type, lease, amount, at }) =>
            type === 'hold' && lease !== undefined && at < before ? [{ userId: _id, lease, amount }] : [],
          ),
        );
      }
    },
  };
}

export type AccountStore = ReturnType<typeof createAccountStore>;
