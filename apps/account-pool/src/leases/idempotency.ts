import { setTimeout as wait } from 'node:timers/promises';
import { digestOf } from '@portico/auth';
import { AppError } from '@portico/envelope';
import { isDuplicateKey } from '@portico/mongo';
import { newOperation } from '../accounts/events.ts';
import type { AuditStore } from '../audit/audit.store.ts';
import type { IdempotencyModel, IdempotencyRecord } from './idempotency.model.ts';

export type GrantedLease = NonNullable<IdempotencyRecord['leases']>[number];

export interface IdempotentRequest {
  ownerId: string;
  key: string;
  platform: string;
  count: number;
}

export interface IdempotencyOptions {
  model: IdempotencyModel;
  /** Tells which leases an operation has granted, also one whose process is gone. */
  audit: Pick<AuditStore, 'leasesOf'>;
  /** Brings the changes that accounts still carry into the audit trail. */
  settle: () => Promise<void>;
  /** A try that is older than this, in milliseconds, counts as dead. Longer than any try takes, waiting aside. */
  takeOverMs?: number;
}

const pollMs = 50;

/**
 * Runs an acquire once per key, whatever is lost on the way (contract: retry after a lost answer).
 *
 * The key's record names the operation under which accounts are leased, before any is. After a crash in between, the
 * next request under the key finds in the audit trail what that operation has leased, and answers it; only where it has
 * leased nothing does it try anew, under another name. A try that was slow and not dead then finds that the record is
 * no longer its own, and gives back what it got.
 */
export function createIdempotency({ model, audit, settle, takeOverMs = 10_000 }: IdempotencyOptions) {
  async function begin(_id: string, request: IdempotentRequest): Promise<IdempotencyRecord | undefined> {
    const now = new Date();
    const { platform, count } = request;
    const record = { _id, platform, count, operation: newOperation(), startedAt: now, createdAt: now };
    try {
      await model.collection.insertOne(record as never);
      return record;
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  /** Stores the answer, unless another try has taken over. */
  async function finish(record: IdempotencyRecord, leases: GrantedLease[]): Promise<boolean> {
    const { _id, operation } = record;
    const { matchedCount } = await model.updateOne({ _id, operation }, { $set: { leases } });
    return matchedCount === 1;
  }

  /** Becomes the try of a record whose last one is dead; undefined when somebody else did. */
  async function takeOver(stale: IdempotencyRecord): Promise<IdempotencyRecord | undefined> {
    const { _id, operation } = stale;
    const next = { operation: newOperation(), startedAt: new Date() };
    const { matchedCount } = await model.updateOne({ _id, operation, leases: null }, { $set: next });
    return matchedCount === 1 ? { ...stale, ...next } : undefined;
  }

  /** Whether whoever took over has found these leases and answers them; waits until it has said so. */
  async function wasAdopted(_id: string, [lease]: GrantedLease[]): Promise<boolean> {
    for (const giveUp = Date.now() + takeOverMs; Date.now() < giveUp; await wait(pollMs)) {
      const known = await model.findById(_id).lean<IdempotencyRecord>().exec();
      if (!known) return false;
      if (known.leases) {
        return known.leases.some(({ id, leaseToken }) => id === lease?.id && leaseToken === lease.leaseToken);
      }
    }
    return false;
  }

  return {
    /**
     * @param acquire leases accounts under the name of an operation
     * @param giveBack ends leases that nobody will learn of
     * @throws AppError `conflict` when the key was used for something else
     */
    async once(
      request: IdempotentRequest,
      acquire: (operation: string) => Promise<GrantedLease[]>,
      giveBack: (operation: string, leases: GrantedLease[]) => Promise<void>,
    ): Promise<{ leases: GrantedLease[]; replayed: boolean }> {
      const _id = digestOf(JSON.stringify([request.ownerId, request.key]));

      const run = async (record: IdempotencyRecord) => {
        const leases = await acquire(record.operation);
        // Nothing to remember: the same key may ask again when there is something.
        if (leases.length === 0) await model.deleteOne({ _id, operation: record.operation });
        else if (!(await finish(record, leases)) && !(await wasAdopted(_id, leases))) {
          await giveBack(record.operation, leases);
          return undefined;
        }
        return { leases, replayed: false };
      };

      for (;;) {
        const own = await begin(_id, request);
        const result = own && (await run(own));
        if (result) return result;
        const known = await model.findById(_id).lean<IdempotencyRecord>().exec();
        if (!known) continue;
        if (known.platform !== request.platform || known.count !== request.count) {
          throw new AppError('conflict', {
            message: 'Idempotency-Key: was used for another platform or count.',
          });
        }
        if (known.leases) return { leases: known.leases, replayed: true };
        if (Date.now() - known.startedAt.getTime() > takeOverMs) {
          const taken = await takeOver(known);
          if (!taken) continue;
          await settle();
          const leases = await audit.leasesOf(known.operation);
          if (leases.length > 0 && (await finish(taken, leases))) return { leases, replayed: true };
          const again = await run(taken);
          if (again) return again;
        }
        await wait(pollMs);
      }
    },
  };
}

export type Idempotency = ReturnType<typeof createIdempotency>;
