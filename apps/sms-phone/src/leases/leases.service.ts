import { AppError } from '@portico/envelope';
import type { AccountStore, EndOfHold } from '../ledger/accounts.store.ts';
import type { Caller } from '../users/users.model.ts';
import type { UserStore } from '../users/users.store.ts';
import type { LeaseMetrics } from './lease-metrics.ts';
import type { LeaseRecord } from './leases.model.ts';
import type { LeaseStore } from './leases.store.ts';

export interface LeaseServiceOptions {
  store: LeaseStore;
  accounts: AccountStore;
  users: UserStore;
  coolDownMs: number;
  /** Leases have become settled: the ledger may tell of it. */
  onSettled: () => void;
  metrics: Pick<LeaseMetrics, 'expired'>;
}

const batchSize = 500;
/** What a request or a message began and did not finish by then was cut off. */
const cutOffMs = 2000;
/** The same for holds, whose lease may wait for its turn in a long queue. */
const orphanMs = 15_000;
/** The second finds out what another instance has done meanwhile; what is still left after these, recovery finishes. */
const mostAttempts = 5;

const endOfHold = ({ _id, userId, amount, state }: LeaseRecord): EndOfHold => ({
  userId,
  lease: _id,
  amount,
  type: state === 'captured' ? 'capture' : 'release',
});

/** What becomes of leases, and of the money that is held for them (contract: lease). */
export function createLeaseService(options: LeaseServiceOptions) {
  const { store, accounts, users, coolDownMs, onSettled, metrics } = options;
  const coolsUntil = (now = Date.now()) => new Date(now + coolDownMs);

  /**
   * Ends the holds of leases as their states say, each once. The order of the steps is what makes it safe
   * (docs/decisions/0005-hold-before-lease.md): the epochs are read before the leases, the money moves on the condition of
   * them, and only then the leases say that they are settled. What a crash cuts off is begun again.
   */
  async function settle(leases: readonly LeaseRecord[]): Promise<void> {
    if (leases.length === 0) return;
    let open = leases;
    for (let attempt = 0; open.length > 0 && attempt < mostAttempts; attempt += 1) {
      const epochs = await accounts.epochs(open.map(({ userId }) => userId));
      open = await store.stillUnsettled(open.map(({ _id }) => _id));
      const ended = await accounts.settle(open.map(endOfHold), epochs);
      await store.settled([...ended]);
      open = open.filter(({ _id }) => !ended.has(_id));
    }
    onSettled();
  }

  async function own(user: Caller, projectId: string, phone: string): Promise<LeaseRecord> {
    const lease = await store.findOwn(user._id, projectId, phone);
    const isOver = lease?.state === 'active' && lease.endsAt.getTime() <= Date.now();
    if (!lease || isOver) throw new AppError('not_found', { message: '您没有租用该号码' });
    return lease;
  }

  async function release(user: Caller, projectId: string, phone: string): Promise<void> {
    const lease = await own(user, projectId, phone);
    const ended = await store.end(lease._id, 'released', coolsUntil());
    if (ended) await settle([ended]);
    // It has received something, perhaps just now: nothing comes back.
    else await store.close(lease._id);
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
     * Gives a message to a lease; the first message captures the price, later ones cost nothing.
     *
     * @returns whether the lease took it: it may have ended meanwhile
     */
    async receive(leaseId: string, messageId: string, time: Date): Promise<boolean> {
      const lease = await store.receive(leaseId, messageId, time);
      if (lease?.unsettledSince) await settle([lease]);
      return lease !== null;
    },

    /** Ends leases whose time is up, and frees numbers that have rested. */
    async sweep(): Promise<void> {
      const now = new Date();
      for (;;) {
        const over = await store.over(now, batchSize);
        const answers = await Promise.all(over.map(({ _id }) => store.end(_id, 'expired', coolsUntil())));
        const ended = answers.filter((lease) => lease !== null);
        metrics.expired(ended.length);
        await settle(ended);
        if (over.length < batchSize) break;
      }
      await store.free(now);
    },

    /** Finishes the settlements that a crash has cut off. */
    recover: async (): Promise<void> =>
      settle(await store.unsettled(new Date(Date.now() - cutOffMs), batchSize)),

    /** Takes back holds whose lease a crash has prevented. */
    async cancelOrphans(): Promise<void> {
      for await (const holds of accounts.holdsBefore(new Date(Date.now() - orphanMs))) {
        const begun = await store.progressOf(holds.map(({ lease }) => lease));
        for (const hold of holds.filter(({ lease }) => !begun.has(lease))) {
          if (await store.makeVoid(hold)) await accounts.cancel([hold]);
        }
      }
    },
  };
}

export type LeaseService = ReturnType<typeof createLeaseService>;
