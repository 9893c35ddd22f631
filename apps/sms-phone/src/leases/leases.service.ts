import { AppError } from '@portico/envelope';
import type { WithTransaction } from '@portico/mongo';
import type { Accounts } from '../ledger/ledger.store.ts';
import type { MoneyQueue } from '../ledger/money-queue.ts';
import { untilCurrent } from '../ledger/outdated.ts';
import type { Caller } from '../users/users.model.ts';
import type { UserStore } from '../users/users.store.ts';
import type { LeaseMetrics } from './lease-metrics.ts';
import { moveOf, type LeaseRecord } from './leases.model.ts';
import type { End, LeaseStore } from './leases.store.ts';

export interface LeaseServiceOptions {
  store: LeaseStore;
  accounts: Pick<Accounts, 'post'>;
  users: Pick<UserStore, 'addToBlacklist'>;
  queue: MoneyQueue;
  withTransaction: WithTransaction;
  coolDownMs: number;
  metrics: Pick<LeaseMetrics, 'expired'>;
}

const batchSize = 500;

/** What becomes of leases, and of the money that is held for them. */
export function createLeaseService(options: LeaseServiceOptions) {
  const { store, accounts, users, queue, withTransaction, coolDownMs, metrics } = options;
  const coolsUntil = () => new Date(Date.now() + coolDownMs);

  /** Ends leases that run, and moves what is held for them, in one transaction. Each lease ends once. */
  async function serve(ends: readonly End[]): Promise<boolean[]> {
    return untilCurrent(async (again) => {
      const running = again
        ? await store.running(ends.map(({ lease }) => lease._id))
        : new Set(ends.map(({ lease }) => lease._id));
      const first = new Map<string, End>();
      for (const end of ends) {
        const { _id } = end.lease;
        if (running.has(_id) && !first.has(_id)) first.set(_id, end);
      }
      const ending = [...first.values()];
      if (ending.length > 0) {
        await withTransaction(async (session) => {
          await store.end(ending, session);
          await accounts.post(
            ending.map(({ lease, change: { state } }) =>
              moveOf(state === 'captured' ? 'capture' : 'release', lease),
            ),
            session,
          );
        });
      }
      return ends.map((end) => first.get(end.lease._id) === end);
    });
  }

  /** Ends a lease that runs; false where it has ended before. */
  const end: (end: End) => Promise<boolean> = queue.batch(serve);

  async function own(user: Caller, projectId: string, phone: string): Promise<LeaseRecord> {
    const lease = await store.findOwn(user._id, projectId, phone);
    const isOver = lease?.state === 'active' && lease.endsAt.getTime() <= Date.now();
    if (!lease || isOver) throw new AppError('not_found', { message: '您没有租用该号码' });
    return lease;
  }

  async function release(user: Caller, projectId: string, phone: string): Promise<void> {
    const lease = await own(user, projectId, phone);
    const change = { state: 'released', endsAt: new Date(), coolsUntil: coolsUntil() } as const;
    const isReleased = lease.state === 'active' && (await end({ lease, change }));
    // It has received something, perhaps just now: nothing comes back.
    if (!isReleased) await store.close(lease._id);
  }

  return {
    own,
    release,

    /** Gives a number back, and is not given it for the project again. */
    async blacklist(user: Caller, projectId: string, phone: string): Promise<void> {
      const lease = await own(user, projectId, phone);
      await users.addToBlacklist(user._id, projectId, lease.phone);
      await release(user, projectId, phone);
    },

    /** The leases of a number in whose window a message came. */
    leasesAt: (phone: string, time: Date) => store.at(phone, time),

    /**
     * Gives a message to a lease in whose window it came; the first message captures the price, later ones cost nothing.
     *
     * @returns whether the lease took it: it may have ended meanwhile
     */
    async receive(lease: LeaseRecord, messageId: string, time: Date): Promise<boolean> {
      const change = { state: 'captured', capturedBy: messageId } as const;
      if (lease.state === 'active' && (await end({ lease, change }))) return true;
      return store.isCaptured(lease._id, time);
    },

    /** Ends leases whose time is up, and frees numbers that have rested. */
    async sweep(): Promise<void> {
      const now = new Date();
      for (let isMore = true; isMore;) {
        const over = await store.over(now, batchSize);
        const change = { state: 'expired', coolsUntil: coolsUntil() } as const;
        const ended = await Promise.all(over.map((lease) => end({ lease, change })));
        metrics.expired(ended.filter(Boolean).length);
        isMore = over.length === batchSize;
      }
      await store.free(now);
    },
  };
}

export type LeaseService = ReturnType<typeof createLeaseService>;
