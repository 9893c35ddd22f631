import { setTimeout as delay } from 'node:timers/promises';
import { createBackground, type Background } from '@portico/service';
import type { AccountRecord } from '../accounts/accounts.model.ts';
import type { AccountStore } from '../accounts/accounts.store.ts';
import type { BatchRecord } from '../stats/counts.model.ts';
import type { CountStore } from '../stats/counts.store.ts';
import { deltasOf } from '../stats/deltas.ts';
import type { AuditStore } from './audit.store.ts';

export interface RelayOptions {
  accounts: AccountStore;
  audit: AuditStore;
  counts: CountStore;
  onError: (error: unknown) => void;
}

export interface Relay extends Background {
  /** Relays all changes that there are now, within a time limit; for readers of audit trail and counts. */
  settle(): Promise<void>;
  /** Since when the oldest change has been waiting. */
  oldest(): Promise<Date | undefined>;
}

const batchSize = 2000;
/** How long changes are collected after the first. */
const pauseMs = 250;
/** How often a relay looks for what a crash has left. */
const lookMs = 5000;
/** Readers wait no longer than this; what is relayed later they see the next time. */
const settleMs = 5000;

type Current = NonNullable<BatchRecord['current']>;
type Changed = Pick<AccountRecord, '_id' | 'lastOperation' | 'events' | 'deleted'>;

/**
 * Moves changes from the accounts, which carry them from the moment they are made, into the audit trail and the counts:
 * each exactly once, whatever is killed and however many instances do it (ARCHITECTURE.md, Work that outlives a request).
 *
 * 1. Read the number of the last batch, then a batch of changed accounts.
 * 2. Add their changes to the audit trail, where a line has the name of its change.
 * 3. Make this batch the current one, on condition that no other was made since 1: the same changes cannot be in two.
 * 4. Add it to the counts, each of which knows the last batch that is in it; take the changes from the accounts;
 *    end the batch. Any instance may do this, again and at the same time.
 */
export function createRelay({ accounts, audit, counts, onError }: RelayOptions): Relay {
  let settling: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const readChanged = () =>
    accounts
      .collection()
      .find({ pendingSince: { $gt: new Date(0) } })
      .sort({ pendingSince: 1 })
      .limit(batchSize)
      .project<Changed>({ lastOperation: 1, events: 1, deleted: 1 })
      .toArray();

  /** Answers how many accounts were in the batch; undefined when another instance was faster. */
  async function relayBatch(): Promise<number | undefined> {
    const batch = await counts.readBatch();
    if (batch.current) {
      await finish(batch.number, batch.current);
      return undefined;
    }
    const changed = await readChanged();
    if (changed.length === 0) return 0;
    const events = changed.flatMap((account) =>
      (account.events ?? []).map((event) => ({ accountId: account._id, event })),
    );
    await audit.append(events);
    const groups = Map.groupBy(changed, (account) => JSON.stringify(namesOf(account)));
    const current = {
      accounts: [...groups.values()].map((group) => ({
        ...namesOf(group[0] as Changed),
        ids: group.map(({ _id }) => _id),
      })),
      deleted: changed.filter(({ deleted }) => deleted).map(({ _id }) => _id),
      deltas: deltasOf(events.map(({ event }) => event)),
    };
    if (!(await counts.beginBatch(batch.number, current))) return undefined;
    await finish(batch.number + 1, current);
    return changed.length;
  }

  async function finish(number: number, current: Current): Promise<void> {
    await counts.apply(number, current.deltas);
    if (current.accounts.length > 0) await clear(current.accounts);
    if (current.deleted.length > 0) {
      await accounts
        .collection()
        .deleteMany({ _id: { $in: current.deleted }, deleted: true, events: { $exists: false } });
    }
    await counts.endBatch(number);
  }

  /** Takes the changes that are in a batch from their accounts, and no others. */
  async function clear(groups: Current['accounts']): Promise<void> {
    // Accounts that have not changed since they were read carry no other changes.
    await accounts.collection().bulkWrite(
      groups.map(({ operation, ids }) => ({
        updateMany: {
          filter: { _id: { $in: ids }, lastOperation: operation },
          update: { $unset: { events: 1 as const, pendingSince: 1 as const } },
        },
      })),
      { ordered: false },
    );
    const operationsOf = new Map(
      groups.flatMap(({ ids, operations }) => ids.map((id) => [id, operations] as const)),
    );
    const all = [...new Set(groups.flatMap(({ operations }) => operations))];
    const changed = await accounts
      .collection()
      .find({ _id: { $in: [...operationsOf.keys()] }, 'events.operation': { $in: all } })
      .project<Pick<AccountRecord, '_id'>>({ _id: 1 })
      .toArray();
    if (changed.length === 0) return;
    await accounts.collection().bulkWrite(
      changed.map(({ _id }) => ({
        updateOne: {
          filter: { _id },
          update: { $pull: { events: { operation: { $in: operationsOf.get(_id) ?? [] } } } },
        },
      })),
      { ordered: false },
    );
  }

  /** Relays until no changes are left, or the time is up. */
  async function relayAll(until: number): Promise<void> {
    while (Date.now() < until) {
      const relayed = await relayBatch();
      if (relayed !== undefined && relayed < batchSize) return;
      // Another instance is at it: do not meet it again at the next step.
      if (relayed === undefined) await delay(Math.random() * 20);
    }
  }

  /** One run at a time: who asks meanwhile shares the one after it, which sees the changes made until then. */
  function settle(): Promise<void> {
    if (!settling) {
      settling = relayAll(Date.now() + settleMs).finally(() => {
        settling = undefined;
      });
      return settling;
    }
    next ??= settling
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return settle();
      });
    return next;
  }

  return {
    ...createBackground({ run: settle, everyMs: lookMs, gatherMs: pauseMs, onError }),
    settle,
    async oldest() {
      const first = await accounts
        .collection()
        .findOne(
          { pendingSince: { $gt: new Date(0) } },
          { sort: { pendingSince: 1 }, projection: { pendingSince: 1 } },
        );
      return first?.pendingSince;
    },
  };
}

const namesOf = ({ lastOperation, events = [] }: Changed) => ({
  operation: lastOperation,
  operations: events.map(({ operation }) => operation),
});
