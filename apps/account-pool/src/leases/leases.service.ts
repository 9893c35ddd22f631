import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@portico/envelope';
import type { AccountRecord } from '../accounts/accounts.model.ts';
import type { AccountStore, Change } from '../accounts/accounts.store.ts';
import { newOperation, type Action, type Actor } from '../accounts/events.ts';
import type { Claims, Leased } from './claims.ts';
import type { GrantedLease, Idempotency } from './idempotency.ts';
import type { LeaseMetrics } from './lease-metrics.ts';

export interface AcquireRequest {
  ownerId: string;
  platform: string;
  count: number;
  actor: Actor;
  idempotencyKey?: string | undefined;
  /** How long to wait for an account where none is free. */
  waitSeconds: number;
  /** Aborted when the client has left. */
  signal: AbortSignal;
}

/** One account of an owner, and the lease under which the caller believes to hold it. */
export interface Holding {
  ownerId: string;
  id: number;
  leaseToken?: number | undefined;
  actor: Actor;
}

export interface AcquiredAccount {
  id: number;
  customId: string;
  data: string;
  leaseToken: number;
  expiresAt: Date | null;
}

export interface LeaseServiceOptions {
  store: AccountStore;
  claims: Claims;
  idempotency: Idempotency;
  /** Seconds that a lease of a platform lasts; 0: without an end. */
  leaseSeconds: (platform: string) => number;
  metrics: LeaseMetrics;
  /** Says that there are changes for the audit trail. */
  onChange: () => void;
}

/** How often those who wait look for what other instances gave back; what this one gives back wakes them at once. */
const lookMs = 500;
/** An account changes hands between reading and writing it; several times in a row only if somebody fights for it. */
const maxTries = 10;

/** Acquiring accounts, and what their holders do with them (document 001, sections 1 and 2). */
export function createLeaseService(options: LeaseServiceOptions) {
  const { store, claims, idempotency, leaseSeconds, metrics, onChange } = options;
  const waiting = new Set<() => void>();
  let draining = false;

  const wake = () => {
    for (const look of waiting) look();
  };

  /** Until something may have become free, or it makes no sense to wait any more. */
  async function mayBeFree(signal: AbortSignal, ms: number): Promise<void> {
    const woken = new AbortController();
    const look = () => woken.abort();
    waiting.add(look);
    // Not all at the same time: they would all look for the same account.
    const pause = Math.min(ms, lookMs * (0.75 + Math.random() / 2));
    await delay(pause, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => undefined);
    waiting.delete(look);
  }

  async function acquireOnce(request: AcquireRequest): Promise<AcquiredAccount[]> {
    const { ownerId, platform, count, actor, idempotencyKey } = request;
    if (idempotencyKey === undefined) {
      const leased = await claims.claim({ ownerId, platform, count, actor });
      return leased.map(renderLeased);
    }
    let fresh: Leased[] = [];
    const { leases, replayed } = await idempotency.once(
      { ownerId, key: idempotencyKey, platform, count },
      async (operation) => {
        fresh = await claims.claim({ ownerId, platform, count, actor, operation });
        return fresh.map(({ _id, leaseToken, leaseExpiresAt }) => ({
          id: _id,
          leaseToken,
          expiresAt: leaseExpiresAt ?? null,
        }));
      },
      (operation, granted) => giveBack(ownerId, platform, operation, granted, actor),
    );
    return replayed ? replay(ownerId, leases) : fresh.map(renderLeased);
  }

  async function replay(ownerId: string, leases: readonly GrantedLease[]): Promise<AcquiredAccount[]> {
    const found = await store
      .collection()
      .find({ _id: { $in: leases.map(({ id }) => id) }, ownerId })
      .project<Pick<AccountRecord, '_id' | 'customId' | 'data'>>({ customId: 1, data: 1 })
      .toArray();
    const byId = new Map(found.map((account) => [account._id, account]));
    return leases.flatMap(({ id, leaseToken, expiresAt }) => {
      const account = byId.get(id);
      return account ? [{ id, customId: account.customId, data: account.data, leaseToken, expiresAt }] : [];
    });
  }

  async function giveBack(
    ownerId: string,
    platform: string,
    operation: string,
    leases: readonly GrantedLease[],
    actor: Actor,
  ): Promise<void> {
    await store.change(
      { ownerId, platform, status: 'locked', ids: leases.map(({ id }) => id) },
      {
        action: 'release',
        actor,
        operation: newOperation(),
        at: new Date(),
        to: { ownerId, status: 'available' },
        where: { lastOperation: operation },
      },
    );
    onChange();
    wake();
  }

  /** Changes one account of an owner on condition that it stays as it was read. */
  async function changeOne(
    holding: Holding,
    decide: (account: AccountRecord) => Pick<Change, 'set' | 'unset'> & { action: Action; status: string },
  ): Promise<void> {
    const { ownerId, id, leaseToken, actor } = holding;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const account = await store.find(id, ownerId);
      if (!account)
        throw new AppError('permission_denied', { message: 'Account not found or permission denied.' });
      if (leaseToken !== undefined) assertHeld(account, leaseToken);
      const { action, status, set, unset } = decide(account);
      const changed = await store.change(
        { ownerId, platform: account.platform, status: account.status, ids: [id] },
        {
          action,
          actor,
          operation: newOperation(),
          at: new Date(),
          to: { ownerId, status },
          where: { leaseToken: account.leaseToken },
          ...(set && { set }),
          ...(unset && { unset }),
          ...(account.status === 'locked' && { lease: { leaseToken: account.leaseToken } }),
        },
      );
      if (changed === 1) {
        onChange();
        if (status === 'available') wake();
        return;
      }
    }
    throw new AppError('conflict', { message: 'The account is being changed by others, try again.' });
  }

  return {
    /** @throws AppError `not_found` when no account is free, `conflict` for a key that was used for something else */
    async acquire(request: AcquireRequest): Promise<AcquiredAccount[]> {
      const until = Date.now() + request.waitSeconds * 1000;
      for (;;) {
        const accounts = await acquireOnce(request);
        if (accounts.length > 0) {
          metrics.granted(accounts.length);
          onChange();
          return accounts;
        }
        const left = until - Date.now();
        if (left <= 0 || draining || request.signal.aborted) {
          metrics.refused();
          throw new AppError('not_found', {
            message: `No available accounts found for platform '${request.platform}'.`,
          });
        }
        await mayBeFree(request.signal, left);
      }
    },

    /** @throws AppError `permission_denied`, `conflict` for a stale lease */
    update: (holding: Holding, status: string, notes: string | undefined): Promise<void> =>
      changeOne(holding, () => ({
        action: 'update',
        status,
        ...(notes !== undefined && { set: { notes: notes === '' ? null : notes } }),
      })),

    /** Makes a lease last as long as a new one. @throws AppError `permission_denied`, `conflict` */
    async renew(holding: Holding): Promise<Date | null> {
      let expiresAt: Date | null = null;
      await changeOne(holding, (account) => {
        assertLeased(account);
        const seconds = leaseSeconds(account.platform);
        expiresAt = seconds > 0 ? new Date(Date.now() + seconds * 1000) : null;
        return {
          action: 'renew',
          status: 'locked',
          ...(expiresAt ? { set: { leaseExpiresAt: expiresAt } } : { unset: ['leaseExpiresAt'] }),
        };
      });
      return expiresAt;
    },

    /** Gives an account back before its lease expires. @throws AppError `permission_denied`, `conflict` */
    release: (holding: Holding): Promise<void> =>
      changeOne(holding, (account) => {
        assertLeased(account);
        return { action: 'release', status: 'available' };
      }),

    /** Somebody else made accounts available: those who wait look again. */
    wake,
    /** Sends those home who wait. */
    drain(): void {
      draining = true;
      wake();
    },
  };
}

export type LeaseService = ReturnType<typeof createLeaseService>;

const renderLeased = ({ _id, customId, data, leaseToken, leaseExpiresAt }: Leased): AcquiredAccount => ({
  id: _id,
  customId,
  data,
  leaseToken,
  expiresAt: leaseExpiresAt ?? null,
});

const isOver = ({ leaseExpiresAt }: AccountRecord) =>
  leaseExpiresAt !== undefined && leaseExpiresAt.getTime() <= Date.now();

/** A holder whose lease was granted to somebody else since, or is over, changes nothing (contract: lease expiry). */
function assertHeld(account: AccountRecord, leaseToken: number): void {
  if (account.status !== 'locked' || account.leaseToken !== leaseToken || isOver(account)) {
    throw new AppError('conflict', { message: `leaseToken: the lease ${leaseToken} is not valid any more.` });
  }
}

function assertLeased(account: AccountRecord): void {
  if (account.status !== 'locked' || isOver(account)) {
    throw new AppError('conflict', { message: 'The account is not leased.' });
  }
}
