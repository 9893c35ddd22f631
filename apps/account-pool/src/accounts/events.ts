import { randomBytes } from 'node:crypto';

/** What was done to an account (contract: history). */
export type Action = 'acquire' | 'update' | 'renew' | 'release' | 'expire' | 'upload' | 'export' | 'delete';

/** Who does something, and in which request. */
export interface Actor {
  /** `key:<id>`, `operator:<id>`, `anonymous` where no key is needed, or `system`. */
  by: string;
  /** Address of the client. */
  ip?: string;
  requestId?: string;
}

/** Where an account is counted. Its platform never changes. */
export interface Place {
  ownerId: string;
  status: string;
}

/** A change as the account carries it until it is in the audit trail. */
export interface AccountEvent extends Actor {
  operation: string;
  action: Action;
  at: Date;
  platform: string;
  /** Null: it was made by this. */
  from: Place | null;
  /** Null: it was deleted by this. */
  to: Place | null;
  /** The lease that this is about. */
  leaseToken?: number;
  /** Until when the lease was granted; null: without an end. */
  expiresAt?: Date | null;
}

/**
 * A new name of an operation, one try of it: the same for all accounts that it changes. Names sort by time, so that the
 * audit trail is written and read in order.
 */
export function newOperation(now: number = Date.now()): string {
  return now.toString(36).padStart(9, '0') + randomBytes(6).toString('hex');
}
