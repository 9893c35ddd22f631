import { randomUUID } from 'node:crypto';
import { Queue, type JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import type { DeliveryJob, DeliveryResult } from './contracts.ts';
import { deliveryJobOptions, resultsJobOptions } from './job-options.ts';
import { deliverJob, queuePrefix, resultsJob, resultsQueue, type Channel } from './keys.ts';
import { connectRedis } from './redis.ts';
import type { Sealer } from './sealing.ts';

export interface ProducerOptions {
  redisUrl: string;
  redisPrefix: string;
  /** Shown in `CLIENT LIST`. */
  name: string;
  sealer: Sealer;
  /** Milliseconds after which adding jobs has failed, whatever Redis does. */
  timeoutMs?: number;
  onError?: (error: unknown) => void;
}

/** The writing end of the queues. Everything here fails within the time limit while Redis is away. */
export interface Producers {
  /**
   * Adds sealed messages to their channel's queue under their own ids. A message that is already there is left alone.
   * Rejects as a whole; those that got in nevertheless are harmless to add again.
   */
  enqueue(channel: Channel, jobs: readonly DeliveryJob[], jobIdSuffix?: string): Promise<void>;
  /** Tells a service what became of its messages: one job, sealed. */
  report(service: string, results: readonly DeliveryResult[]): Promise<void>;
  /** A queue by name, for its counts and for the dashboard. */
  queue(name: string): Queue;
  /** Resolves once Redis was reached. Nothing needs to wait for it but scripts and tests. */
  connected(): Promise<void>;
  close(): Promise<void>;
}

/** Connects in the background: while Redis is away everything rejects, and recovers when it is back. */
export function createProducers(options: ProducerOptions): Producers {
  const { redisPrefix, sealer, timeoutMs = 2000, onError } = options;
  const redis = connectRedis({ url: options.redisUrl, name: options.name, ...(onError && { onError }) });
  const queues = new Map<string, Queue>();
  const queue = (name: string) => {
    let opened = queues.get(name);
    if (!opened) queues.set(name, (opened = openQueue(redis, redisPrefix, name)));
    return opened;
  };
  const add = (name: string, jobs: { name: string; data: object; opts: JobsOptions }[]) =>
    within(timeoutMs, queue(name).addBulk(jobs), `adding to ${name}`);
  return {
    queue,
    async enqueue(channel, jobs, jobIdSuffix = '') {
      if (jobs.length === 0) return;
      await add(
        channel,
        jobs.map((data) => ({
          name: deliverJob,
          data,
          opts: { ...deliveryJobOptions, jobId: data.id + jobIdSuffix },
        })),
      );
    },
    async report(service, results) {
      const id = randomUUID();
      const name = resultsQueue(service);
      const data = { id, sealed: sealer.seal(name, id, results) };
      await add(name, [{ name: resultsJob, data, opts: { ...resultsJobOptions, jobId: id } }]);
    },
    async connected() {
      if (redis.status !== 'ready')
        await new Promise<void>((resolve) => redis.once('ready', () => resolve()));
    },
    async close() {
      await Promise.allSettled([...queues.values()].map((opened) => opened.close()));
      redis.disconnect();
    },
  };
}

/**
 * A queue on a shared connection. Without `skipWaitingForReady` an `add` waits for ever when Redis was never there;
 * without `skipVersionCheck` the first failure is remembered for good.
 */
function openQueue(redis: Redis, redisPrefix: string, name: string): Queue {
  const queue = new Queue(name, {
    connection: redis,
    prefix: queuePrefix(redisPrefix, name),
    skipWaitingForReady: true,
    skipVersionCheck: true,
    // Written by workers; a queue that opens while Redis is away could not.
    skipMetasUpdate: true,
  });
  // The connection has its own listener; a queue without one would throw.
  queue.on('error', () => undefined);
  return queue;
}

async function within<Value>(ms: number, work: Promise<Value>, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
