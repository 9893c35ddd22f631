import type { AccountRecord } from './accounts.model.ts';

/** An account as the document shows it. */
export const renderAccount = (account: AccountRecord) => ({
  id: account._id,
  ownerId: account.ownerId,
  platform: account.platform,
  customId: account.customId,
  data: account.data,
  status: account.status,
  notes: account.notes,
  lockedAt: account.lockedAt,
  createdAt: account.createdAt,
  updatedAt: account.updatedAt,
  leaseExpiresAt: account.leaseExpiresAt ?? null,
});
