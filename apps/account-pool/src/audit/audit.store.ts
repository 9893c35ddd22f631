import type { Page, PageRequest } from '@portico/mongo';
import { isDuplicateKey, searchTime } from '@portico/mongo';
import mongoose from 'mongoose';
import type { AccountEvent } from '../accounts/events.ts';
import type { GrantedLease } from '../leases/idempotency.ts';
import type { AuditModel, AuditRecord } from './audit.model.ts';

const { trusted } = mongoose;

/** The queries about the audit trail. */
export function createAuditStore(model: AuditModel) {
  return {
    /** Adds lines; those that are there already stay as they are. */
    async append(events: readonly { accountId: number; event: AccountEvent }[]): Promise<void> {
      if (events.length === 0) return;
      try {
        // Through the driver: thousands of lines, of our own making.
        await model.collection.insertMany(events.map(lineOf) as never[], { ordered: false });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },

    /** The leases that an operation has granted. */
    async leasesOf(operation: string): Promise<GrantedLease[]> {
      const lines = await model
        .find({ _id: trusted({ $gt: `${operation}:`, $lt: `${operation};` }), action: 'acquire' })
        .lean<AuditRecord[]>()
        .exec();
      return lines.map(({ accountId, leaseToken = 0, expiresAt = null }) => ({
        id: accountId,
        leaseToken,
        expiresAt,
      }));
    },

    async list(
      filter: { accountId?: number; ownerId?: string },
      { skip, limit }: PageRequest,
    ): Promise<Page<AuditRecord>> {
      const isWhole = Object.keys(filter).length === 0;
      const [items, total] = await Promise.all([
        model.find(filter).sort({ _id: -1 }).skip(skip).limit(limit).lean<AuditRecord[]>().exec(),
        isWhole ? model.estimatedDocumentCount() : model.countDocuments(filter).setOptions(searchTime).exec(),
      ]);
      return { items, total };
    },
  };
}

export type AuditStore = ReturnType<typeof createAuditStore>;

function lineOf({ accountId, event }: { accountId: number; event: AccountEvent }): AuditRecord {
  const { operation, ...line } = event;
  const ownerId = (event.from ?? event.to)?.ownerId ?? '';
  return { _id: `${operation}:${accountId}`, accountId, ownerId, ...line };
}
