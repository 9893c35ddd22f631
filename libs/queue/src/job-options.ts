import type { JobsOptions, WorkerOptions } from 'bullmq';

/**
 * A message's job. The attempts are counted in the notifier's `deliveries`, which survive Redis; what BullMQ retries
 * are failures of ours (a database that is away), until they stop. Nothing is kept under the id: a finished job that
 * lingers would silently swallow the same message when the sweeper enqueues it again. Dead letters are in the
 * database.
 */
export const deliveryJobOptions = {
  attempts: 1_000_000,
  backoff: { type: 'capped' },
  removeOnComplete: true,
  removeOnFail: true,
} satisfies JobsOptions;

/** A batch of results: retried until the service has taken it. */
export const resultsJobOptions = {
  attempts: 1_000_000,
  backoff: { type: 'capped' },
  removeOnComplete: true,
  removeOnFail: { count: 1000 },
} satisfies JobsOptions;

/** One run of periodic work; the next run is its retry. */
export const periodicJobOptions = {
  attempts: 1,
  removeOnComplete: true,
  removeOnFail: { count: 20 },
} satisfies JobsOptions;

/** Milliseconds before the n-th retry: doubling from half a second up to a ceiling, between half and all of it. */
export function backoffDelay(attempt: number, { firstMs = 500, ceilingMs = 30_000 } = {}): number {
  const full = Math.min(firstMs * 2 ** Math.max(0, attempt - 1), ceilingMs);
  return Math.round(full / 2 + (Math.random() * full) / 2);
}

export interface WorkerTiming {
  /** How long a job stays with a worker that gives no sign of life. */
  lockMs: number;
  /** How often jobs without a lock are looked for. */
  stalledCheckMs: number;
}

/**
 * A crash costs at most the rest of the lock and one more check: 11 s. BullMQ's own settings take 60 s, and fail a
 * job that saw two crashes (ARCHITECTURE.md, Work that outlives a request).
 */
export const workerTiming: WorkerTiming = { lockMs: 8000, stalledCheckMs: 3000 };

/** Settings of every worker. */
export function workerOptions({ lockMs, stalledCheckMs }: WorkerTiming = workerTiming) {
  return {
    lockDuration: lockMs,
    stalledInterval: stalledCheckMs,
    // A job is never given up because workers crashed under it.
    maxStalledCount: 1_000_000,
    // Between two tries to reach a Redis that is away.
    runRetryDelay: 1000,
    settings: { backoffStrategy: (attempts: number) => backoffDelay(attempts) },
  } satisfies Partial<WorkerOptions>;
}
