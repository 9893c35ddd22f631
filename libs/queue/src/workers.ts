import { Worker, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import type { z } from 'zod';
import { workerOptions, workerTiming, type WorkerTiming } from './job-options.ts';
import { queuePrefix } from './keys.ts';

/** What does one kind of job. Throwing fails the job; what it answers is not kept. */
export interface JobHandler {
  name: string;
  run(job: Job, token: string): Promise<void>;
}

/** A handler whose data is checked by the job's contract first. */
export function handler<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  run: (data: z.output<Schema>, job: Job, token: string) => Promise<void>,
): JobHandler {
  return { name, run: (job, token) => run(schema.parse(job.data), job, token) };
}

export interface WorkerQueue {
  queue: string;
  /** Every job name this queue can hold. */
  jobs: readonly string[];
  handlers: readonly JobHandler[];
  concurrency: number;
}

export interface WorkersOptions {
  redisUrl: string;
  redisPrefix: string;
  name: string;
  queues: readonly WorkerQueue[];
  timing?: WorkerTiming;
  /** Told of errors of connection and of jobs that failed; never of a job's data. */
  onError?: (error: unknown, where: { queue: string; jobId?: string | undefined }) => void;
}

export interface Workers {
  /** Finishes the jobs in hand and closes; jobs that take longer than `graceMs` are left to another worker. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Starts a worker per queue.
 *
 * @throws when a job name has no handler, or two: such jobs would fail, or be done by chance
 */
export function startWorkers(options: WorkersOptions): Workers {
  for (const queue of options.queues) checkHandlers(queue);
  const workers = options.queues.map((queue) => startWorker(queue, options));
  return {
    async close(graceMs = 10_000) {
      await Promise.all(workers.map((worker) => worker.close(graceMs)));
    },
  };
}

function checkHandlers({ queue, jobs, handlers }: WorkerQueue): void {
  for (const name of jobs) {
    const count = handlers.filter((one) => one.name === name).length;
    if (count !== 1) throw new Error(`queue ${queue}: job ${name} has ${count} handlers, must have 1`);
  }
  for (const { name } of handlers) {
    if (!jobs.includes(name)) throw new Error(`queue ${queue}: handler ${name} is of no job`);
  }
}

function startWorker({ queue, handlers, concurrency }: WorkerQueue, options: WorkersOptions) {
  const byName = new Map(handlers.map((one) => [one.name, one]));
  const connection = connectWorkerRedis(options.redisUrl, `${options.name}:${queue}`);
  connection.on('error', (error: unknown) => options.onError?.(error, { queue }));
  const worker = new Worker(
    queue,
    async (job, token) => {
      const known = byName.get(job.name);
      if (!known) throw new Error(`no handler for job ${job.name}`);
      await known.run(job, token ?? '');
    },
    {
      ...workerOptions(options.timing ?? workerTiming),
      connection,
      prefix: queuePrefix(options.redisPrefix, queue),
      concurrency,
      skipVersionCheck: true,
    },
  );
  worker.on('error', (error) => options.onError?.(error, { queue }));
  worker.on('failed', (job, error) => options.onError?.(error, { queue, jobId: job?.id }));
  return {
    async close(graceMs: number) {
      let cut: NodeJS.Timeout | undefined;
      // While Redis is away no job can be handed back; what is in hand gets a moment to be recorded elsewhere.
      const patience = connection.status === 'ready' ? graceMs : Math.min(graceMs, 2000);
      const late = new Promise<void>((resolve) => (cut = setTimeout(resolve, patience)));
      await Promise.race([worker.close(), late]);
      clearTimeout(cut);
      connection.disconnect();
    },
  };
}

/** A connection as BullMQ's workers need it: it waits for Redis, and reconnects for ever. */
export function connectWorkerRedis(url: string, name: string): Redis {
  return new Redis(url, {
    connectionName: name,
    maxRetriesPerRequest: null,
    connectTimeout: 1500,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1000),
  });
}
