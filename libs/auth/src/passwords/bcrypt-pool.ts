import { availableParallelism } from 'node:os';
import { AppError } from '@portico/envelope';
import { Piscina } from 'piscina';
import type { BcryptTask } from './bcrypt.worker.ts';

export interface BcryptPoolOptions {
  /** One less than the machine has processors, at least one, where it is not given. */
  threads?: number | undefined;
  /** Computations that may wait for a thread; beyond them callers are told to come back later. */
  maxQueue: number;
}

export interface BcryptPool {
  hash(input: string, cost: number): Promise<string>;
  verify(input: string, hash: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Threads end when nobody has logged in for this long: each holds some 10 MB. */
const idleTimeout = 60_000;
/** Assumed for `Retry-After` until the first computation has been measured. */
const assumedMs = 300;

/**
 * A bounded pool of threads for bcrypt, started with the first computation. bcryptjs computes on the thread that calls
 * it: on the main one, a single login would stop all requests for a third of a second (contract: passwords).
 */
export function createBcryptPool({ threads, maxQueue }: BcryptPoolOptions): BcryptPool {
  const maxThreads = threads ?? Math.max(1, availableParallelism() - 1);
  const capacity = maxThreads + maxQueue;
  let pool: Piscina<BcryptTask, string | boolean> | undefined;
  let accepted = 0;
  let averageMs = assumedMs;

  const start = () =>
    new Piscina<BcryptTask, string | boolean>({
      filename: new URL('./bcrypt.worker.ts', import.meta.url).href,
      minThreads: 0,
      maxThreads,
      idleTimeout,
      // Where processors are short, threads yield to the one that answers requests.
      niceIncrement: 10,
    });

  async function run(task: BcryptTask): Promise<string | boolean> {
    if (accepted >= capacity) {
      const seconds = Math.ceil((accepted * averageMs) / maxThreads / 1000);
      throw new AppError('rate_limited', { retryAfter: seconds });
    }
    accepted += 1;
    const turns = Math.ceil(accepted / maxThreads);
    const started = performance.now();
    try {
      pool ??= start();
      return await pool.run(task);
    } finally {
      accepted -= 1;
      averageMs += ((performance.now() - started) / turns - averageMs) / 8;
    }
  }

  return {
    hash: async (input, cost) => String(await run({ kind: 'hash', input, cost })),
    verify: async (input, hash) => (await run({ kind: 'verify', input, hash })) === true,
    async close() {
      await pool?.destroy();
      pool = undefined;
    },
  };
}
