import { isDuplicateKey } from '@portico/mongo';
import { createBackground, type Background } from '@portico/service';
import { postingsOf, type Entry } from './entries.ts';
import { pendingWallets, type PendingWallet } from './pending.ts';
import type { PostingModel } from './postings.model.ts';
import type { WalletModel, WalletRecord } from './wallets.model.ts';

/** Whether the lease alone tells that its hold has ended. */
export type LeaseProgress = 'begun' | 'settled';

export interface RelayOptions {
  wallets: WalletModel;
  postings: PostingModel;
  /** How far leases are; those that have not begun are not among them. */
  progressOf: (leases: readonly string[]) => Promise<ReadonlyMap<string, LeaseProgress>>;
  onError: (error: unknown) => void;
}

export interface Relay extends Background {
  /** Brings all entries that there are now into the ledger, within a time limit; for its readers. */
  settle(): Promise<void>;
  /** Since when the oldest entry has been waiting. */
  oldest(): Promise<Date | undefined>;
}

/** Entries gather for so long: fewer passes, but each change of a wallet writes all that wait in it (measured: get_phone). */
const pauseMs = 50;
/** How often a relay looks for what a crash has left. */
const lookMs = 5000;
const settleMs = 5000;

type ReadyWallet = PendingWallet & { entries: Entry[] };

const endsHold = ({ type }: Entry) => type === 'release' || type === 'capture';

/**
 * Moves entries from the wallets, which carry them from the moment the money moves, into the ledger. A posting has the name
 * of its move, so that any instance may do this, again and at the same time.
 */
export function createRelay({ wallets, postings, progressOf, onError }: RelayOptions): Relay {
  const collection = () => wallets.db.collection<WalletRecord>(wallets.collection.name);

  /** Entries that may leave the wallet: a hold when its lease is there, its end when the lease knows of it. */
  async function readyOf(page: readonly PendingWallet[]): Promise<ReadyWallet[]> {
    const leases = page.flatMap(({ entries = [] }) => entries.flatMap(({ lease }) => lease ?? []));
    const progress = leases.length > 0 ? await progressOf([...new Set(leases)]) : undefined;
    return page.map((wallet) => ({
      ...wallet,
      entries: (wallet.entries ?? []).filter(({ type, lease }) => {
        const reached = lease === undefined ? 'settled' : progress?.get(lease);
        return reached === 'settled' || (reached === 'begun' && type === 'hold');
      }),
    }));
  }

  async function relayPage(page: readonly PendingWallet[]): Promise<void> {
    const ready = await readyOf(page);
    const rows = ready.flatMap((wallet) => wallet.entries.flatMap((entry) => postingsOf(entry, wallet)));
    if (rows.length > 0) {
      try {
        await postings.collection.insertMany(rows as never[], { ordered: false });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      await collection().bulkWrite(
        ready
          .filter(({ entries }) => entries.length > 0)
          .map(({ _id, entries }) => ({
            updateOne: {
              filter: { _id },
              update: {
                $pull: { entries: { transaction: { $in: entries.map(({ transaction }) => transaction) } } },
                // What tells that a hold has ended leaves the wallet: nobody may go by what he read before.
                ...(entries.some(endsHold) && { $inc: { epoch: 1 } }),
              },
            },
          })),
        { ordered: false },
      );
    }
    await collection().updateMany(
      { _id: { $in: ready.map(({ _id }) => _id) }, entries: { $size: 0 } },
      { $unset: { pendingSince: 1 as const, entries: 1 as const } },
    );
  }

  async function settle(): Promise<void> {
    const until = Date.now() + settleMs;
    for await (const page of pendingWallets(wallets)) {
      await relayPage(page);
      if (Date.now() > until) break;
    }
  }

  return {
    ...createBackground({ run: settle, everyMs: lookMs, gatherMs: pauseMs, onError }),
    settle,
    async oldest() {
      const first = await collection().findOne(
        { pendingSince: { $gt: new Date(0) } },
        { sort: { pendingSince: 1 }, projection: { pendingSince: 1 } },
      );
      return first?.pendingSince;
    },
  };
}
