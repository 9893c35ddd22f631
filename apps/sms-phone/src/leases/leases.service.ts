import { AppError } from '@portico/envelope';
import type { AccountStore } from '../ledger/accounts.store.ts';
import type { UserRecord } from '../users/users.model.ts';
import type { UserStore } from '../users/users.store.ts';
import type { LeaseRecord } from './leases.model.ts';
import type { LeaseStore } from './leases.store.ts';

export interface LeaseServiceOptions {
  store: LeaseStore;
  accounts: AccountStore;
  users: UserStore;
  coolDownMs: number;
}

const batchSize = 500;
/** What a request or a message began and did not finish by then was cut off. */
const cutOffMs = 2000;
/** The same for holds, whose lease may wait for its turn in a long queue. */
const orphanMs = 15_000;

/** What becomes of leases, and of the money that is held for them (contract: lease). */
export function createLeaseService({ store, accounts, users, coolDownMs }: LeaseServiceOptions) {
  const coolsUntil = (now = Date.now()) => new Date(now + coolDownMs);

  /** Moves the money of leases as their state says. May be done again: a hold that is ended stays ended. */
  async function settle(leases: readonly LeaseRecord[]): Promise<void> {
    if (leases.length === 0) return;
    const [captured, others] = [
      leases.filter(({ state }) => state === 'captured'),
      leases.filter(({ state }) => state !== 'captured'),
    ];
    await accounts.settle('capture', captured.map(store.holdOf));
    await accounts.settle('release', others.map(store.holdOf));
    await store.settled(leases.map(({ _id }) => _id));
  }

  async function own(user: UserRecord, projectId: string, phone: string): Promise<LeaseRecord> {
    const lease = await store.findOwn(user._id, projectId, phone);
    const isOver = lease?.state === 'active' && lease.endsAt.getTime() <= Date.now();
    if (!lease || isOver) throw new AppError('not_found', { message: '您没有租用该号码' });
    return lease;
  }

  async function release(user: UserRecord, projectId: string, phone: string): Promise<void> {
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
    async blacklist(user: UserRecord, projectId: string, phone: string): Promise<void> {
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
        const ended = await Promise.all(over.map(({ _id }) => store.end(_id, 'expired', coolsUntil())));
        await settle(ended.filter((lease) => lease !== null));
        if (over.length < batchSize) break;
      }
      await store.free(now);
    },

    /** Finishes the settlements that a crash has cut off. */
    recover: async (): Promise<void> =>
      settle(await store.unsettled(new Date(Date.now() - cutOffMs), batchSize)),

    /** Releases holds whose lease a crash has prevented. */
    async releaseOrphans(): Promise<void> {
      for await (const holds of accounts.holdsBefore(new Date(Date.now() - orphanMs), batchSize)) {
        const existing = await store.existing(holds.map(({ lease }) => lease));
        for (const hold of holds.filter(({ lease }) => !existing.has(lease))) {
          if (await store.makeVoid(hold)) await accounts.settle('release', [hold]);
        }
      }
    },
  };
}

export type LeaseService = ReturnType<typeof createLeaseService>;
