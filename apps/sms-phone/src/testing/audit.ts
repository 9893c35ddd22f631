import type { MongoClient } from 'mongodb';
import { expect } from 'vitest';

interface Sum {
  _id: { userId: number | null; account: string };
  amount: number;
}

/**
 * Holds all money against its rules, as it is at one moment: the ledger sums to zero, each wallet is the sum of its postings,
 * no balance is below zero, and what is frozen is what the leases that run are worth.
 *
 * @returns how many postings there are
 */
export async function audit(client: MongoClient, database: string): Promise<number> {
  const db = client.db(database);
  const read = async () =>
    client.withSession((session) =>
      session.withTransaction(
        async () => ({
          wallets: await db
            .collection<{ _id: number; balance: number; frozen: number }>('wallets')
            .find({}, { session })
            .toArray(),
          sums: await db
            .collection('ledger')
            .aggregate<Sum & { count: number }>(
              [
                {
                  $group: {
                    _id: { userId: '$userId', account: '$account' },
                    amount: { $sum: '$amount' },
                    count: { $sum: 1 },
                  },
                },
              ],
              { session },
            )
            .toArray(),
          leases: await db
            .collection('leases')
            .aggregate<{ _id: number; amount: number }>(
              [{ $match: { state: 'active' } }, { $group: { _id: '$userId', amount: { $sum: '$amount' } } }],
              { session },
            )
            .toArray(),
        }),
        { readConcern: { level: 'snapshot' } },
      ),
    );
  const { wallets, sums, leases } = await read();
  expect(sums.reduce((total, { amount }) => total + amount, 0)).toBe(0);
  const posted = new Map(sums.map(({ _id, amount }) => [`${_id.userId}:${_id.account}`, amount]));
  const leased = new Map(leases.map(({ _id, amount }) => [_id, amount]));
  for (const { _id, balance, frozen } of wallets) {
    const postings = (account: string) => posted.get(`${_id}:${account}`) ?? 0;
    expect([balance, frozen], `user ${_id}`).toEqual([postings('balance'), postings('frozen')]);
    expect(balance).toBeGreaterThanOrEqual(0);
    expect(frozen, `user ${_id}`).toBe(leased.get(_id) ?? 0);
  }
  return sums.reduce((total, { count }) => total + count, 0);
}
