import type { UserModel, UserRecord } from '../users/users.model.ts';
import type { Entry, EntryType } from './entries.ts';

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
export function createAccountStore(model: UserModel, onEntry: () => void) {
  const users = () => model.db.collection<UserRecord>(model.collection.name);

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
    const found = await users()
      .find({ _id: { $in: [...userIds] } })
      .project<Pick<UserRecord, 'holds'>>({ holds: 1 })
      .toArray();
    return new Set(
      found.flatMap(({ holds }) => holds.map(({ lease }) => lease)).filter((lease) => leases.has(lease)),
    );
  }

  return {
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
      const { modifiedCount } = await users().bulkWrite(statements, { ordered: false });
      const all = new Set(wanted.map(({ lease }) => lease));
      if (modifiedCount > 0) onEntry();
      if (modifiedCount === statements.length) return all;
      const held = await heldLeases([...byUser.keys()], all);
      for (const [userId, holds] of byUser) {
        if (holds.length === 1 || holds.some(({ lease }) => held.has(lease))) continue;
        // All together were too much: one after the other, until one is too much.
        for (const hold of holds) {
          const { filter, update } = holdStatement(userId, [hold], at);
          const { modifiedCount: changed } = await users().updateOne(filter, update);
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
      await users().bulkWrite(
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
     * Adds money. Answers false where there is no such user, or where the credit has been counted before.
     *
     * @param credit names what comes from elsewhere and may come again; the first time counts
     */
    async credit(
      userId: number,
      entry: { type: EntryType; amount: number; transaction: string; reason?: string },
      credit?: string,
    ): Promise<boolean> {
      const at = new Date();
      const { modifiedCount } = await users().updateOne(
        { _id: userId, ...(credit !== undefined && { credits: { $ne: credit } }) },
        {
          $inc: { balance: entry.amount },
          $push: { entries: { ...entry, at }, ...(credit !== undefined && { credits: credit }) },
          $min: { pendingSince: at },
        },
      );
      if (modifiedCount > 0) onEntry();
      return modifiedCount === 1;
    },

    /** Holds that are older than this, a page of users at a time. */
    async *holdsBefore(before: Date, pageSize: number): AsyncGenerator<WantedHold[]> {
      for (let after = 0; ;) {
        const page = await users()
          .find({ _id: { $gt: after }, 'holds.at': { $lt: before } })
          .sort({ _id: 1 })
          .limit(pageSize)
          .project<Pick<UserRecord, '_id' | 'holds'>>({ holds: 1 })
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
