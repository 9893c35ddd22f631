import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { periodicJobOptions } from './job-options.ts';
import { periodicQueue, queuePrefix } from './keys.ts';
import { startWorkers } from './workers.ts';

/** Work that is done every so often, by one replica at a time. */
export interface PeriodicJob {
  name: string;
  everyMs: number;
  run(): Promise<void>;
}

export interface PeriodicOptions {
  redisUrl: string;
  redisPrefix: string;
  /** Whose work it is: `account-pool`. */
  service: string;
  jobs: readonly PeriodicJob[];
  onError?: (error: unknown, where: { queue: string; jobId?: string | undefined }) => void;
}

export interface Periodic {
  close(): Promise<void>;
}

/**
 * Runs periodic work with BullMQ's job schedulers: however many replicas start it, each run is done once. A run that
 * takes longer than its interval may overlap with the next on another replica, so the work itself must bear being
 * done twice. While Redis is away nothing runs; the schedules are written again whenever the connection comes back,
 * because Redis may have come back empty.
 *
 * @example
 * const periodic = startPeriodic({ redisUrl, redisPrefix, service: 'account-pool', jobs: [
 *   { name: 'expire-leases', everyMs: 5000, run: () => leases.expire() },
 * ] });
 */
export function startPeriodic(options: PeriodicOptions): Periodic {
  const name = periodicQueue(options.service);
  const connection = new Redis(options.redisUrl, {
    connectionName: `${options.service}:${name}`,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1000),
  });
  connection.on('error', (error: unknown) => options.onError?.(error, { queue: name }));
  const queue = new Queue(name, {
    connection,
    prefix: queuePrefix(options.redisPrefix, name),
    skipVersionCheck: true,
  });
  queue.on('error', () => undefined);

  const schedule = async () => {
    try {
      for (const job of options.jobs) {
        const template = { name: job.name, opts: periodicJobOptions };
        await queue.upsertJobScheduler(job.name, { every: job.everyMs }, template);
      }
      const known = new Set(options.jobs.map((job) => job.name));
      for (const { key } of await queue.getJobSchedulers()) {
        if (!known.has(key)) await queue.removeJobScheduler(key);
      }
    } catch (error) {
      // Fails when the connection is lost again; the next one schedules.
      options.onError?.(error, { queue: name });
    }
  };
  connection.on('ready', () => void schedule());

  const workers = startWorkers({
    ...options,
    name: options.service,
    queues: [
      {
        queue: name,
        jobs: options.jobs.map((job) => job.name),
        handlers: options.jobs.map((job) => ({ name: job.name, run: () => job.run() })),
        concurrency: Math.max(1, options.jobs.length),
      },
    ],
  });
  return {
    async close() {
      await workers.close();
      await queue.close().catch(() => undefined);
      connection.disconnect();
    },
  };
}
