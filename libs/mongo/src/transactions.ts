import { AppError } from '@portico/envelope';
import type { ClientSession, Connection } from 'mongoose';
import { Counter, type Registry } from 'prom-client';

/**
 * Runs `work` in a transaction: all of its writes become durable on a majority, or none does.
 *
 * `work` may run several times, so it changes nothing but the database, and passes the session to every operation. An
 * error that it throws aborts the transaction and reaches the caller.
 *
 * @example
 * await withTransaction(async (session) => {
 *   await wallets.updateOne({ _id, balance: { $gte: price } }, { $inc: { balance: -price } }, { session });
 *   await leases.insertOne(lease, { session });
 * });
 */
export type WithTransaction = <Result>(work: (session: ClientSession) => Promise<Result>) => Promise<Result>;

export interface TransactionOptions {
  connection: Connection;
  /** Milliseconds for all attempts together. */
  limitMs: number;
  /** Counts transactions and retries. */
  registry?: Registry | undefined;
}

const durable = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } } as const;

/**
 * Transactions on the driver's own helper, which repeats an attempt that met a write conflict and a commit whose outcome is
 * unknown, with back-off. The driver goes on for two minutes; here the caller has an answer within `limitMs`.
 */
export function createTransactions({ connection, limitMs, registry }: TransactionOptions): WithTransaction {
  const metrics = registry && createTransactionMetrics(registry);

  return async (work) => {
    const session = await connection.startSession();
    const deadline = performance.now() + limitMs;
    const refuseWhenLate = () => {
      if (performance.now() >= deadline) throw new AppError('outcome_unknown', { retryAfter: 2 });
    };
    let attempts = 0;
    const attempt = async () => {
      refuseWhenLate();
      attempts += 1;
      if (attempts > 1) metrics?.retries.inc();
      const result = await work(session);
      // After its time limit a caller expects no commit that could still be prevented.
      refuseWhenLate();
      return result;
    };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new AppError('outcome_unknown', { retryAfter: 2 })), limitMs);
    });
    try {
      const ended = session.withTransaction(attempt, durable).finally(() => session.endSession());
      const result = await Promise.race([ended, late]);
      metrics?.ended.inc({ result: 'committed' });
      return result;
    } catch (error) {
      const isTimeout = error instanceof AppError && error.code === 'outcome_unknown';
      metrics?.ended.inc({ result: isTimeout ? 'timeout' : 'aborted' });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

function createTransactionMetrics(registry: Registry) {
  const registers = [registry];
  const ended = new Counter({
    name: 'mongodb_transactions_total',
    help: 'Transactions by their outcome; that of a timeout is unknown',
    labelNames: ['result'] as const,
    registers,
  });
  for (const result of ['committed', 'aborted', 'timeout'] as const) ended.inc({ result }, 0);
  const retries = new Counter({
    name: 'mongodb_transaction_retries_total',
    help: 'Repeated attempts of transactions, after a write conflict or a lost primary',
    registers,
  });
  return { ended, retries };
}
