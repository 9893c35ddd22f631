import { setTimeout as delay } from 'node:timers/promises';
import { isDuplicateKey } from '@portico/mongo';
import { postingsOf } from './entries.ts';
import type { PostingModel } from './postings.model.ts';
import type { WalletModel, WalletRecord } from './wallets.model.ts';

export interface RelayOptions {
  wallets: WalletModel;
  postings: PostingModel;
  onError: (error: unknown) => void;
}

export interface Relay {
  /** There are entries: they will be in the ledger soon. */
  wake(): void;
  /** Brings all entries that there are now into the ledger, within a time limit; for its readers. */
  settle(): Promise<void>;
  start(): void;
  close(): Promise<void>;
}

const batchSize = 500;
const pauseMs = 250;
/** How often a relay looks for what a crash has left. */
const lookMs = 5000;
const settleMs = 5000;

/**
 * Moves entries from the wallets, which carry them from the moment the money moves, into the ledger. A posting has the name
 * of its move, so that any instance may do this, again and at the same time.
 */
export function createRelay({ wallets, postings, onError }: RelayOptions): Relay {
  const closing = new AbortController();
  let isDue = false;
  let wakeUp: () => void = () => undefined;
  let running: Promise<void> | undefined;

  /** Answers how many wallets were in the batch. */
  async function relayBatch(): Promise<number> {
    const collection = wallets.db.collection<WalletRecord>(wallets.collection.name);
    const found = await collection
      .find({ pendingSince: { $gt: new Date(0) } })
      .sort({ pendingSince: 1 })
      .limit(batchSize)
      .project<Pick<WalletRecord, '_id' | 'username' | 'entries'>>({ username: 1, entries: 1 })
      .toArray();
    if (found.length === 0) return 0;
    const rows = found.flatMap((wallet) =>
      (wallet.entries ?? []).flatMap((entry) => postingsOf(entry, wallet)),
    );
    if (rows.length > 0) {
      try {
        await postings.collection.insertMany(rows as never[], { ordered: false });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    }
    await collection.bulkWrite(
      found.map(({ _id, entries = [] }) => ({
        updateOne: {
          filter: { _id },
          update: {
            $pull: { entries: { transaction: { $in: entries.map(({ transaction }) => transaction) } } },
          },
        },
      })),
      { ordered: false },
    );
    await collection.updateMany(
      { _id: { $in: found.map(({ _id }) => _id) }, entries: { $size: 0 } },
      { $unset: { pendingSince: 1 as const, entries: 1 as const } },
    );
    return found.length;
  }

  async function settle(): Promise<void> {
    const until = Date.now() + settleMs;
    while (Date.now() < until && (await relayBatch()) === batchSize);
  }

  async function run(): Promise<void> {
    const { signal } = closing;
    while (!signal.aborted) {
      if (!isDue) {
        const woken = new AbortController();
        wakeUp = () => woken.abort();
        const either = AbortSignal.any([signal, woken.signal]);
        await delay(lookMs * (0.75 + Math.random() / 2), undefined, { signal: either }).catch(
          () => undefined,
        );
      }
      if (isDue && !signal.aborted) await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      isDue = false;
      await settle().catch(onError);
    }
  }

  return {
    wake() {
      isDue = true;
      wakeUp();
    },
    settle,
    start: () => void (running ??= run()),
    async close() {
      closing.abort();
      await running;
    },
  };
}
