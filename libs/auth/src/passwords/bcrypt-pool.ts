import { availableParallelism } from 'node:os';
import { AppError } from '@portico/envelope';
import { Piscina } from 'piscina';
import type { BcryptTask } from './bcrypt.worker.ts';
import { createFairQueue } from './fair-queue.ts';

export interface BcryptPoolOptions {
  /** One less than the machine has processors, at least one, where it is not given. */
  threads?: number | undefined;
  /** Computations that may wait for a thread; beyond them callers are told to come back later. */
  maxQueue: number;
  /** Milliseconds after which one that still waits is told so as well. */
  longestWaitMs: number;
}

export interface BcryptPool {
  /** @param from whose turn it is: computations of one address wait for each other, not for those of others */
  hash(input: string, cost: number, from: string): Promise<string>;
  verify(input: string, hash: string, from: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Threads end when no login has come for this long: each holds some 10 MB. */
const idleTimeout = 60_000;
/** Assumed for `Retry-After` until the first computation has been measured. */
const assumedMs = 300;

/**
 * A bounded pool of threads for bcrypt, started with the first computation. bcryptjs computes on the thread that calls
 * it: on the main one, a single login would stop all requests for a third of a second.
 */
export function createBcryptPool({ threads, maxQueue, longestWaitMs }: BcryptPoolOptions): BcryptPool {
  const maxThreads = threads ?? Math.max(1, availableParallelism() - 1);
  let pool: Piscina<BcryptTask, string | boolean> | undefined;
  let averageMs = assumedMs;
  const queue = createFairQueue({
    concurrency: maxThreads,
    maxWaiting: maxQueue,
    longestWaitMs,
    refusal: (waiting) =>
      new AppError('rate_limited', {
        retryAfter: Math.ceil(((waiting + 1) * averageMs) / maxThreads / 1000),
      }),
  });

  const start = () =>
    new Piscina<BcryptTask, string | boolean>({
      filename: new URL('./bcrypt.worker.ts', import.meta.url).href,
      minThreads: 0,
      maxThreads,
      idleTimeout,
    });

  const run = (from: string, task: BcryptTask) =>
    queue.run(from, async () => {
      const started = performance.now();
      pool ??= start();
      const result = await pool.run(task);
      averageMs += (performance.now() - started - averageMs) / 8;
      return result;
    });

  return {
    hash: async (input, cost, from) => String(await run(from, { kind: 'hash', input, cost })),
    verify: async (input, hash, from) => (await run(from, { kind: 'verify', input, hash })) === true,
    async close() {
      await pool?.destroy();
      pool = undefined;
    },
  };
}
