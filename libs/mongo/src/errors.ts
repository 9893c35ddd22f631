import { AppError } from '@portico/envelope';
import { mongo, MongooseError } from 'mongoose';

/** MongoDB's number for a broken unique index. */
const duplicateKey = 11000;
/** Operation exceeded time limit. */
const maxTimeExpired = 50;

/** Whether an error, or one write of a failed bulk, broke a unique index. */
export function isDuplicateKey(error: unknown): error is mongo.MongoServerError {
  return error instanceof mongo.MongoServerError && error.code === duplicateKey;
}

/** Names the errors of a store that is away or too slow, so that clients read 503 or 504 and not 500. */
export function translateMongoError(thrown: unknown): AppError | undefined {
  const isTimeout =
    (thrown instanceof mongo.MongoServerError && thrown.code === maxTimeExpired) ||
    hasLabel(thrown, 'UnknownTransactionCommitResult');
  if (isTimeout) return new AppError('timeout', { cause: thrown });
  const away =
    thrown instanceof mongo.MongoServerSelectionError ||
    thrown instanceof mongo.MongoNetworkError ||
    thrown instanceof mongo.MongoNotConnectedError ||
    thrown instanceof mongo.MongoTopologyClosedError ||
    thrown instanceof mongo.MongoClientClosedError ||
    hasLabel(thrown, 'RetryableWriteError') ||
    hasLabel(thrown, 'TransientTransactionError') ||
    (thrown instanceof MongooseError && /before initial connection|buffering timed out/.test(thrown.message));
  return away ? new AppError('unavailable', { retryAfter: 2, cause: thrown }) : undefined;
}

const hasLabel = (thrown: unknown, label: string): boolean =>
  thrown instanceof mongo.MongoError && thrown.hasErrorLabel(label);
