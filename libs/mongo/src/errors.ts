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

const unavailable = [
  mongo.MongoServerSelectionError,
  mongo.MongoNetworkError,
  mongo.MongoNotConnectedError,
  mongo.MongoTopologyClosedError,
  mongo.MongoClientClosedError,
] as const;

/** Seconds after which a store may be back. */
const retryAfter = 2;

/** Names the errors of a store that is unavailable or too slow, so that clients read 503 or 504 and not 500. */
export function translateMongoError(error: unknown): AppError | undefined {
  // A bulk wraps what ended it.
  const isWrapped =
    error instanceof mongo.MongoBulkWriteError && (error.errorResponse as unknown) instanceof Error;
  const thrown: unknown = isWrapped ? error.errorResponse : error;
  if (thrown instanceof mongo.MongoServerError && thrown.code === maxTimeExpired) {
    return new AppError('timeout', { cause: thrown });
  }
  if (hasLabel(thrown, 'UnknownTransactionCommitResult')) {
    return new AppError('outcome_unknown', { retryAfter, cause: thrown });
  }
  const isUnavailable =
    unavailable.some((kind) => thrown instanceof kind) ||
    hasLabel(thrown, 'RetryableWriteError') ||
    hasLabel(thrown, 'TransientTransactionError') ||
    // Not exported by the driver: all connections are busy.
    (thrown instanceof mongo.MongoError && thrown.name === 'MongoWaitQueueTimeoutError') ||
    (thrown instanceof MongooseError && /before initial connection|buffering timed out/.test(thrown.message));
  return isUnavailable ? new AppError('unavailable', { retryAfter, cause: thrown }) : undefined;
}

const hasLabel = (thrown: unknown, label: string): boolean =>
  thrown instanceof mongo.MongoError && thrown.hasErrorLabel(label);
