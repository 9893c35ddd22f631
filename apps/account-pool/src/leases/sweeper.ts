import { setTimeout as delay } from 'node:timers/promises';
import type { AccountRecord } from '../accounts/accounts.model.ts';
import type { AccountStore } from '../accounts/accounts.store.ts';
import { newOperation } from '../accounts/events.ts';
import { groupByPlace } from '../accounts/groups.ts';
import type { LeaseMetrics } from './lease-metrics.ts';

export interface SweeperOptions {
  store: AccountStore;
  everyMs: number;
  metrics: LeaseMetrics;
  /** Accounts became available. */
  onExpired: () => void;
  onError: (error: unknown) => void;
}

export interface Sweeper {
  /** Ends the leases whose time is up; answers how many. */
  sweep(): Promise<number>;
  start(): void;
  close(): Promise<void>;
}

const batchSize = 500;

/**
 * Returns accounts whose lease has expired to the pool. Every instance sweeps, at its own pace: each account is
 * changed on condition that its lease is still over, so that it does not matter who comes first, and accounts come back
 * also while Redis is away (docs/decisions/0003-sweeper-without-a-queue.md).
 */
export function createSweeper({ store, everyMs, metrics, onExpired, onError }: SweeperOptions): Sweeper {
  const closing = new AbortController();
  let running: Promise<void> | undefined;

  async function sweep(): Promise<number> {
    let total = 0;
    for (;;) {
      const now = new Date();
      const expired = await store
        .collection()
        .find({ leaseExpiresAt: { $lte: now } })
        .limit(batchSize)
        .project<Pick<AccountRecord, '_id' | 'ownerId' | 'platform' | 'status'>>({
          ownerId: 1,
          platform: 1,
          status: 1,
        })
        .toArray();
      if (expired.length === 0) return total;
      const operation = newOperation(now.getTime());
      const ended = await store.changeAll(
        groupByPlace(expired).map((group) => ({
          group,
          change: {
            action: 'expire',
            actor: { by: 'system' },
            operation,
            at: now,
            to: { ownerId: group.ownerId, status: 'available' },
            where: { leaseExpiresAt: { $lte: now } },
          },
        })),
      );
      total += ended;
      metrics.expired(ended);
      if (ended === 0) return total; // Another instance is at it.
      onExpired();
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      await sweep().catch(onError);
      await delay(everyMs * (0.8 + Math.random() * 0.4), undefined, { signal: closing.signal }).catch(
        () => undefined,
      );
    }
  }

  return {
    sweep,
    start: () => void (running ??= run()),
    async close() {
      closing.abort();
      await running;
    },
  };
}
