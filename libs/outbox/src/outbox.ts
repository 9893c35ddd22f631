import { createBackground } from '@portico/service';
import type { mongo } from 'mongoose';
import {
  createMessageSealer,
  handler,
  resultBatchSchema,
  resultsJob,
  resultsJobSchema,
  resultsQueue,
  startWorkers,
  type DeliveryJob,
  type DeliveryResult,
  type NewMessage,
  type Producers,
  type Sealer,
  type Workers,
  type WorkerTiming,
} from '@portico/queue';
import { createBatcher } from './batch.ts';
import { confirmWrites } from './confirm.ts';
import type { OutboxEntry } from './field.ts';
import { originOf } from './origin.ts';

/** A mongoose model whose schema went through `addOutbox`. */
export interface OutboxModel {
  readonly modelName: string;
  readonly collection: {
    find(filter: object, options?: object): { toArray(): Promise<unknown[]> };
    bulkWrite(operations: never[], options?: object): Promise<{ matchedCount: number }>;
  };
}

export interface OutboxSource {
  model: OutboxModel;
  /**
   * What else to write to the document in the operation that removes confirmed entries: exactly once per result,
   * whatever crashes. Counters of a push for example. All results are final and of one document.
   */
  confirm?: (results: readonly DeliveryResult[]) => mongo.UpdateFilter<mongo.Document>;
}

/** Times, to be shortened by tests. */
export interface OutboxTiming {
  /** How long the relay has before the sweeper takes an entry for lost. */
  graceMs: number;
  /** How long a delivery may go unconfirmed before it is enqueued again; doubles each time. */
  confirmMs: number;
  /** The longest that this doubles to. */
  maxConfirmMs: number;
  sweepEveryMs: number;
}

export const outboxTiming: OutboxTiming = {
  graceMs: 5000,
  confirmMs: 30_000,
  maxConfirmMs: 600_000,
  sweepEveryMs: 2000,
};

export interface OutboxOptions {
  /** This service's name, as in `results.<service>`. */
  service: string;
  sources: readonly OutboxSource[];
  producers: Producers;
  sealer: Sealer;
  redisUrl: string;
  redisPrefix: string;
  /**
   * Told what became of messages, in batches, before they leave the outbox. May be told the same more than once:
   * write conditionally, or count with `confirm` instead. Throwing repeats the batch later.
   */
  onResults?: (results: readonly DeliveryResult[]) => Promise<void>;
  logger: { warn(fields: object, event: string): void };
  timing?: Partial<OutboxTiming>;
  workerTiming?: WorkerTiming;
}

export interface OutboxStats {
  /** Entries that should have been enqueued or confirmed by now, up to 1,000. */
  overdue: number;
  /** Age of the oldest of them in milliseconds, 0 when there is none. */
  oldestMs: number;
}

export interface Outbox {
  /** A sealed entry, to be written into the document by the operation that changes it. */
  pending(message: NewMessage): OutboxEntry;
  /**
   * After that write was acknowledged: enqueues its entries in the background and marks them. Never throws and
   * never makes anyone wait; what it cannot do now the sweeper does later.
   */
  relay(model: OutboxModel, documentId: unknown, entries: readonly OutboxEntry[]): void;
  /** Starts the sweeper and the worker that reads results. */
  start(): void;
  /** Enqueues what is overdue, once; the sweeper does this by itself. */
  sweep(): Promise<void>;
  stats(): Promise<OutboxStats>;
  close(): Promise<void>;
}

interface Pending {
  model: OutboxModel;
  documentId: unknown;
  entry: OutboxEntry;
}

/** Documents read at a time by the sweeper. */
const pageSize = 100;

/**
 * Gets a service's notifications out of its documents and into the queues, at least once, and removes them when the
 * notifier says what became of them. See README.md of this lib for how a service uses it.
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const { service, sources, producers, sealer, logger } = options;
  const timing = { ...outboxTiming, ...options.timing };
  const messages = createMessageSealer(service, sealer);
  const stopping = new AbortController();
  let workers: Workers | undefined;

  /** Enqueues entries by channel and moves their due date to when they should have been confirmed. */
  const enqueue = async (pending: readonly Pending[]) => {
    const byChannel = Map.groupBy(pending, ({ entry }) => entry.channel);
    for (const [channel, group] of byChannel) {
      await producers.enqueue(
        channel,
        group.map((one) => jobOf(service, one)),
      );
      for (const [model, marked] of Map.groupBy(group, (one) => one.model)) {
        await model.collection.bulkWrite(markWrites(marked, timing) as never[], { ordered: false });
      }
    }
  };

  const batcher = createBatcher(enqueue, (error, items) => {
    logger.warn({ error, count: items.length }, 'outbox relay failed, the sweeper will repeat it');
  });

  const sweepModel = async (model: OutboxModel) => {
    const seen = new Set<string>();
    while (!stopping.signal.aborted) {
      const now = new Date();
      const found = (await model.collection
        .find(
          { 'outbox.due': { $lte: now } },
          { projection: { outbox: 1 }, limit: pageSize, sort: { 'outbox.due': 1 } },
        )
        .toArray()) as { _id: unknown; outbox: OutboxEntry[] }[];
      // Marked entries fall out of the query by themselves; one that does not must not hold the sweeper for ever.
      const fresh = found.filter(({ _id }) => !seen.has(String(_id)));
      if (fresh.length === 0) return;
      for (const { _id } of fresh) seen.add(String(_id));
      await enqueue(
        fresh.flatMap(({ _id, outbox }) =>
          outbox.filter(({ due }) => due <= now).map((entry) => ({ model, documentId: _id, entry })),
        ),
      );
    }
  };

  const sweep = async () => {
    for (const { model } of sources) await sweepModel(model);
  };

  const sweeper = createBackground({
    run: sweep,
    everyMs: timing.sweepEveryMs,
    onError: (error) => logger.warn({ error }, 'outbox sweep failed'),
  });

  const take = async (results: readonly DeliveryResult[]) => {
    await options.onResults?.(results);
    await confirmWrites(
      sources,
      results.filter(({ status }) => status !== 'retrying'),
    );
  };

  return {
    pending(message) {
      const { id, requestId, sealed } = messages.close(message);
      const at = new Date();
      return {
        _id: id,
        channel: message.channel,
        ...(requestId && { requestId }),
        sealed,
        at,
        due: new Date(at.getTime() + timing.graceMs),
        enqueued: 0,
      };
    },
    relay(model, documentId, entries) {
      batcher.add(entries.map((entry) => ({ model, documentId, entry })));
    },
    start() {
      sweeper.start();
      const queue = resultsQueue(service);
      workers = startWorkers({
        redisUrl: options.redisUrl,
        redisPrefix: options.redisPrefix,
        name: service,
        ...(options.workerTiming && { timing: options.workerTiming }),
        onError: (error, where) => logger.warn({ error, ...where }, 'results worker'),
        queues: [
          {
            queue,
            jobs: [resultsJob],
            concurrency: 4,
            handlers: [
              handler(resultsJob, resultsJobSchema, ({ id, sealed }) =>
                take(resultBatchSchema.parse(sealer.open(queue, id, sealed))),
              ),
            ],
          },
        ],
      });
    },
    sweep,
    async stats() {
      const now = new Date();
      const ages = await Promise.all(sources.map(({ model }) => overdueAges(model, now)));
      const all = ages.flat();
      return { overdue: all.length, oldestMs: all.reduce((oldest, age) => Math.max(oldest, age), 0) };
    },
    async close() {
      stopping.abort();
      await Promise.all([workers?.close(), sweeper.close(), batcher.idle()]);
    },
  };
}

function jobOf(service: string, { model, documentId, entry }: Pending): DeliveryJob {
  return {
    id: entry._id,
    service,
    ...(entry.requestId && { requestId: entry.requestId }),
    origin: originOf(model, documentId),
    sealed: entry.sealed,
  };
}

/** One write per document, however many of its entries were enqueued. */
function markWrites(pending: readonly Pending[], timing: OutboxTiming): mongo.AnyBulkWriteOperation[] {
  const documents = Map.groupBy(pending, ({ documentId }) => String(documentId));
  return [...documents.values()].map((group) => {
    const enqueued = Math.max(...group.map(({ entry }) => entry.enqueued));
    const wait = Math.min(timing.confirmMs * 2 ** enqueued, timing.maxConfirmMs);
    return {
      updateOne: {
        filter: { _id: group[0]?.documentId as mongo.ObjectId },
        update: {
          $set: { 'outbox.$[entry].due': new Date(Date.now() + wait) },
          $inc: { 'outbox.$[entry].enqueued': 1 },
        },
        arrayFilters: [{ 'entry._id': { $in: group.map(({ entry }) => entry._id) } }],
      },
    };
  });
}

async function overdueAges(model: OutboxModel, now: Date): Promise<number[]> {
  const found = (await model.collection
    .find(
      { 'outbox.due': { $lte: now } },
      { projection: { outbox: 1 }, limit: 1000, sort: { 'outbox.due': 1 } },
    )
    .toArray()) as { outbox: OutboxEntry[] }[];
  return found.flatMap(({ outbox }) =>
    outbox.filter(({ due }) => due <= now).map(({ at }) => now.getTime() - at.getTime()),
  );
}
