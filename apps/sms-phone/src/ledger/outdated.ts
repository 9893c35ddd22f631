import { AppError } from '@portico/envelope';
import { isDuplicateKey } from '@portico/mongo';

/** A condition of a write does not hold any more: what was read before the transaction has changed. */
export class OutdatedError extends Error {}

const mostAttempts = 10;

/**
 * Reads, decides, and writes in a transaction on the condition that nothing has changed; again where something has. The
 * transaction itself repeats what met another transaction (libs/mongo); this is for what had changed before it.
 *
 * @param attempt is told whether it is another one
 */
export async function untilCurrent<Result>(attempt: (again: boolean) => Promise<Result>): Promise<Result> {
  for (let attempts = 1; attempts <= mostAttempts; attempts += 1) {
    try {
      return await attempt(attempts > 1);
    } catch (error) {
      if (!(error instanceof OutdatedError || isDuplicateKey(error))) throw error;
    }
  }
  throw new AppError('unavailable', { retryAfter: 1 });
}
