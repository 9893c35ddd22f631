import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endProcess, freePort, startMongo, startRedis } from '@portico/data-stores';
import {
  createMessageSealer,
  createProducers,
  createSealer,
  handler,
  resultBatchSchema,
  resultsJob,
  resultsJobSchema,
  resultsQueue,
  startWorkers,
  type Sealer,
} from '@portico/queue';

export interface DeliveriesFigures {
  /** Messages through one notifier per second, from its first result to its last. */
  deliveriesPerSecond: number;
  /** Messages sealed and added to the queue per second, in pages of 500. */
  enqueuedPerSecond: number;
  messages: number;
  providerLatencyMs: number;
  /** Resident memory of the notifier in MB, at every tenth of the way. */
  memory: number[];
}

export interface DeliveriesOptions {
  messages?: number;
  providerLatencyMs?: number;
  searchPath: string;
}

/**
 * As a container with a memory limit runs it: Node sizes its heap by the limit. Without one it lets garbage lie on a
 * machine with much memory (350 to 420 MB resident), though no more is alive.
 */
const heapFlags = ['--max-old-space-size=192', '--max-semi-space-size=8'];
const service = 'bench';
const pageSize = 500;

/** P9: pushes through one notifier whose provider takes 50 ms, with stores and service on the same machine. */
export async function measureDeliveries(options: DeliveriesOptions): Promise<DeliveriesFigures> {
  const { messages = 20_000, providerLatencyMs = 50, searchPath } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'portico-bench-'));
  const stores = await Promise.all([
    startMongo({ dataDir: join(dataDir, 'mongodb'), port: await freePort(), searchPath }),
    startRedis({ dataDir: join(dataDir, 'redis'), port: await freePort(), searchPath }),
  ]);
  const [mongo, redis] = stores;
  const key = randomBytes(32);
  const sealer = createSealer([{ id: 'bench', key }]);
  const connection = { redisUrl: redis.url, redisPrefix: 'bench', name: service };
  const producers = createProducers({ ...connection, sealer, timeoutMs: 10_000 });
  let child: ChildProcess | undefined;
  try {
    await producers.connected();
    const enqueuing = performance.now();
    await enqueue(producers, sealer, messages);
    const enqueuedPerSecond = messages / seconds(enqueuing);
    const counter = countResults(connection, sealer, messages);
    child = spawn(
      process.execPath,
      [...heapFlags, fileURLToPath(new URL('../src/main.ts', import.meta.url))],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          PATH: searchPath,
          NODE_ENV: 'development',
          LOG_LEVEL: 'warn',
          OPERATIONS_HOST: '127.0.0.1',
          DATA_DIR: dataDir,
          MONGODB_URI: mongo.url,
          REDIS_URL: redis.url,
          REDIS_PREFIX: 'bench',
          SEALING_KEYS: `bench:${key.toString('base64')}`,
          NOTIFIER_ROLES: 'push',
          LOG_PROVIDER_LATENCY_MS: String(providerLatencyMs),
        },
      },
    );
    const { pid } = child;
    const memory: number[] = [];
    const elapsed = await counter.done(() => memory.push(residentMegabytes(pid)));
    await counter.close();
    return {
      deliveriesPerSecond: messages / elapsed,
      enqueuedPerSecond,
      messages,
      providerLatencyMs,
      memory,
    };
  } finally {
    if (child) await endProcess(child);
    await producers.close();
    await Promise.all(stores.map((store) => store.stop()));
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function enqueue(producers: ReturnType<typeof createProducers>, sealer: Sealer, count: number) {
  const sealed = createMessageSealer(service, sealer);
  for (let from = 0; from < count; from += pageSize) {
    const page = Array.from({ length: Math.min(pageSize, count - from) }, (_, index) =>
      sealed.close({
        channel: 'push',
        to: `device-${from + index}`,
        template: 'push',
        locale: 'zh',
        data: { title: '系统维护通知', body: '今晚 23:00 至 24:00 系统维护，期间可能无法使用。' },
        correlation: { pushId: 1, deviceId: from + index },
      }),
    );
    await producers.enqueue('push', page);
  }
}

/** Reads results as a service does; `done` answers the seconds from the first to the last. */
function countResults(
  connection: { redisUrl: string; redisPrefix: string; name: string },
  sealer: Sealer,
  all: number,
) {
  const queue = resultsQueue(service);
  const told = new Set<string>();
  let first: number | undefined;
  let tenth = () => {};
  let finished = (_elapsed: number) => {};
  const workers = startWorkers({
    ...connection,
    queues: [
      {
        queue,
        jobs: [resultsJob],
        concurrency: 4,
        handlers: [
          handler(resultsJob, resultsJobSchema, ({ id, sealed }) => {
            first ??= performance.now();
            for (const { outboxId } of resultBatchSchema.parse(sealer.open(queue, id, sealed))) {
              told.add(outboxId);
              if (told.size % Math.ceil(all / 10) === 0) tenth();
            }
            if (told.size === all) finished(seconds(first));
            return Promise.resolve();
          }),
        ],
      },
    ],
  });
  return {
    done: (onTenth: () => void) =>
      new Promise<number>((resolve) => {
        tenth = onTenth;
        finished = resolve;
      }),
    close: () => workers.close(),
  };
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}

/** Linux tells in /proc; elsewhere the figure is 0. */
function residentMegabytes(pid: number | undefined): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kilobytes) / 1024);
  } catch {
    return 0;
  }
}
