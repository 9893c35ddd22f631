import { createBackground, type Background } from '@portico/service';
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

const batchSize = 500;

/**
 * Returns accounts whose lease has expired to the pool. Every instance sweeps, at its own pace: each account is
 * changed on condition that its lease is still over, so that it does not matter who comes first, and accounts come back
 * also while Redis is away (docs/decisions/0003-sweeper-without-a-queue.md).
 */
export function createSweeper({ store, everyMs, metrics, onExpired, onError }: SweeperOptions): Background {
  async function sweep(): Promise<void> {
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
      if (expired.length === 0) return;
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
      metrics.expired(ended);
      if (ended === 0) return; // Another instance is at it.
      onExpired();
    }
  }

  return createBackground({ run: sweep, everyMs, onError });
}
