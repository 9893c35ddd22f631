import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Schema, type Model } from 'mongoose';
import { createMongo } from '@portico/mongo';
import {
  createMessageSealer,
  createProducers,
  createSealer,
  deliverJob,
  deliveryJobSchema,
  handler,
  startWorkers,
  type DeliveryJob,
  type DeliveryResult,
  type Producers,
} from '@portico/queue';
import { testStores } from '@portico/testing';
import { addOutbox, createOutbox, type Outbox, type OutboxOptions, type WithOutbox } from './index.ts';

interface Note extends WithOutbox {
  text: string;
  sent: number;
}

const stores = testStores();
const mongo = createMongo({ uri: stores.mongodbUri, database: stores.database, appName: 'test' });
const sealer = createSealer([{ id: 'k', key: randomBytes(32) }]);
const messages = createMessageSealer('notes', sealer);
const redis = { redisUrl: stores.redisUrl, redisPrefix: stores.redisPrefix };
const timing = { graceMs: 300, confirmMs: 500, maxConfirmMs: 1000, sweepEveryMs: 50 };
const logger = { warn: vi.fn() };

const schema = new Schema<Note>({ text: String, sent: { type: Number, default: 0 } });
addOutbox(schema);
const Note: Model<Note> = mongo.connection.model<Note>('Note', schema);

let producers: Producers;
const closing: (() => Promise<void>)[] = [];

beforeAll(() => mongo.open());
afterAll(() => mongo.close());
beforeEach(async () => {
  await Note.deleteMany({});
  producers = createProducers({ ...redis, name: 'test', sealer });
  closing.push(() => producers.close());
  await expect
    .poll(() =>
      producers
        .queue('email')
        .count()
        .catch(() => -1),
    )
    .not.toBe(-1);
  await producers.queue('email').obliterate({ force: true });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function outboxWith(options: Partial<OutboxOptions> = {}): Outbox {
  const outbox = createOutbox({
    ...redis,
    service: 'notes',
    sources: [{ model: Note }],
    producers,
    sealer,
    logger,
    timing,
    ...options,
  });
  closing.push(() => outbox.close());
  return outbox;
}

const mail = (to: string) =>
  ({
    channel: 'email',
    to,
    template: 'password-reset',
    locale: 'en',
    data: { code: '847261', minutes: 10 },
    correlation: { about: 'note' },
  }) as const;

async function writeNote(outbox: Outbox, ...recipients: string[]) {
  const entries = recipients.map((to) => outbox.pending(mail(to)));
  const note = await Note.create({ text: 'x', outbox: entries });
  return { id: note._id, entries };
}

const pendingOf = async (id: unknown) => (await Note.findById(id).select('+outbox').lean())?.outbox ?? [];
const queued = () => producers.queue('email').getJobCountByTypes('waiting');

/** Stands in for the notifier: takes mails and answers each with `status`. */
function notifier(status: DeliveryResult['status'] = 'sent') {
  const got: DeliveryJob[] = [];
  const workers = startWorkers({
    ...redis,
    name: 'notifier',
    queues: [
      {
        queue: 'email',
        jobs: [deliverJob],
        concurrency: 20,
        handlers: [
          handler(deliverJob, deliveryJobSchema, async (job) => {
            got.push(job);
            const { correlation } = messages.open('email', job);
            const result = {
              outboxId: job.id,
              channel: 'email',
              status,
              at: new Date().toISOString(),
            } as const;
            await producers.report('notes', [
              { ...result, ...(correlation && { correlation }), ...(job.origin && { origin: job.origin }) },
            ]);
          }),
        ],
      },
    ],
  });
  closing.push(() => workers.close());
  return got;
}

describe('a message', () => {
  it('leaves with the write, is told of, and goes out of the document', async () => {
    const told: DeliveryResult[] = [];
    const outbox = outboxWith({ onResults: async (results) => void told.push(...results) });
    outbox.start();
    const got = notifier();
    const { id, entries } = await writeNote(outbox, 'ada@example.com');
    outbox.relay(Note, id, entries);
    await expect.poll(() => pendingOf(id)).toEqual([]);
    expect(got.map((job) => job.id)).toEqual([entries[0]?._id]);
    expect(told).toMatchObject([
      { outboxId: entries[0]?._id, status: 'sent', correlation: { about: 'note' } },
    ]);
  });

  it('is in clear neither in the document nor in what is read of it by default', async () => {
    const outbox = outboxWith();
    const { id } = await writeNote(outbox, 'ada@example.com');
    const stored = JSON.stringify(await Note.collection.findOne({ _id: id }));
    expect(stored).toContain('sealed');
    expect(stored).not.toMatch(/847261|ada@example/);
    expect(await Note.findById(id).lean()).not.toHaveProperty('outbox');
  });

  it('goes out after a crash between the write and the enqueue', async () => {
    const crashed = outboxWith();
    const { id } = await writeNote(crashed, 'ada@example.com');
    const got = notifier();
    outboxWith().start();
    await expect.poll(() => pendingOf(id)).toEqual([]);
    expect(got).toHaveLength(1);
  });

  it('goes out once after a crash between the enqueue and the mark', async () => {
    const outbox = outboxWith({ timing: { ...timing, confirmMs: 60_000, maxConfirmMs: 60_000 } });
    const { id, entries } = await writeNote(outbox, 'ada@example.com');
    await producers.enqueue('email', [{ ...messages.close(mail('ada@example.com'), entries[0]?._id) }]);
    await expect.poll(async () => (await outbox.stats()).overdue).toBe(1);
    await outbox.sweep();
    expect(await queued()).toBe(1);
    expect(await pendingOf(id)).toMatchObject([{ enqueued: 1 }]);
  });

  it('is enqueued again when Redis lost it, under the same id', async () => {
    const outbox = outboxWith();
    const { id, entries } = await writeNote(outbox, 'ada@example.com');
    outbox.relay(Note, id, entries);
    await expect.poll(queued).toBe(1);
    await expect.poll(async () => (await pendingOf(id))[0]?.enqueued).toBe(1);
    await producers.queue('email').obliterate({ force: true });
    outbox.start();
    const got = notifier();
    await expect.poll(() => pendingOf(id)).toEqual([]);
    expect(got.map((job) => job.id)).toEqual([entries[0]?._id]);
  });

  it('stays while the notifier only says that it tries again', async () => {
    const told: DeliveryResult[] = [];
    const outbox = outboxWith({ onResults: async (results) => void told.push(...results) });
    outbox.start();
    notifier('retrying');
    const { id, entries } = await writeNote(outbox, 'ada@example.com');
    outbox.relay(Note, id, entries);
    await expect.poll(() => told.length).toBeGreaterThan(0);
    expect(await pendingOf(id)).toHaveLength(1);
  });
});

describe('the writer', () => {
  it('waits for nothing and loses nothing while Redis is away', async () => {
    const away = createProducers({ ...redis, redisUrl: 'redis://127.0.0.1:1', name: 'test', sealer });
    closing.push(() => away.close());
    const outbox = outboxWith({ producers: away });
    const { id, entries } = await writeNote(outbox, 'ada@example.com');
    outbox.relay(Note, id, entries);
    // The attempt fails after the writer has gone on.
    expect(logger.warn).not.toHaveBeenCalled();
    await expect.poll(() => logger.warn.mock.calls.length).toBeGreaterThan(0);
    expect(await pendingOf(id)).toMatchObject([{ enqueued: 0 }]);
  });

  it('can count results in the same write that removes them, each once', async () => {
    const count = (results: readonly DeliveryResult[]) => ({ $inc: { sent: results.length } });
    const outbox = outboxWith({ sources: [{ model: Note, confirm: count }] });
    outbox.start();
    const recipients = Array.from({ length: 30 }, (_, index) => `user${index}@example.com`);
    const { id, entries } = await writeNote(outbox, ...recipients);
    const result = (entry: { _id: string }): DeliveryResult => ({
      outboxId: entry._id,
      channel: 'email',
      status: 'sent',
      at: new Date().toISOString(),
      origin: { model: 'Note', id: { $oid: String(id) } },
    });
    const results = entries.map(result);
    // Overlapping batches, and one that tells everything twice, as after a crash of the notifier.
    await producers.report('notes', results.slice(0, 12));
    await producers.report('notes', results.slice(8, 30));
    await producers.report('notes', [...results, ...results]);
    await expect.poll(() => pendingOf(id)).toEqual([]);
    await expect.poll(() => producers.queue('results.notes').getJobCountByTypes('waiting', 'active')).toBe(0);
    expect((await Note.findById(id).lean())?.sent).toBe(30);
  });

  it('repeats a batch whose results the service could not take', async () => {
    let tries = 0;
    const outbox = outboxWith({
      onResults: async () => {
        tries++;
        if (tries === 1) throw new Error('database away');
      },
    });
    outbox.start();
    notifier();
    const { id, entries } = await writeNote(outbox, 'ada@example.com');
    outbox.relay(Note, id, entries);
    await expect.poll(() => pendingOf(id)).toEqual([]);
    expect(tries).toBeGreaterThan(1);
  });
});

describe('the sweeper', () => {
  it('works through more documents than a page, beside another instance, and enqueues each once', async () => {
    // Long enough that nothing marked is due again while this runs.
    const patient = { timing: { ...timing, confirmMs: 60_000, maxConfirmMs: 60_000 } };
    const outbox = outboxWith(patient);
    const notes = Array.from({ length: 450 }, (_, index) => ({
      text: String(index),
      outbox: [outbox.pending(mail(`user${index}@example.com`))],
    }));
    await Note.insertMany(notes);
    await expect.poll(async () => (await outbox.stats()).overdue).toBe(450);
    await Promise.all([outbox.sweep(), outboxWith(patient).sweep()]);
    expect(await queued()).toBe(450);
    expect((await outbox.stats()).overdue).toBe(0);
  });

  it('finds its documents by an index that holds nothing of the others', async () => {
    const { collection } = Note;
    const indexes = await mongo.connection.collection(collection.name).indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { 'outbox.due': 1 }, sparse: true }));
    await Note.insertMany(Array.from({ length: 2000 }, (_, index) => ({ text: String(index) })));
    const { id } = await writeNote(outboxWith(), 'ada@example.com');
    const explained = (await collection
      .find({ 'outbox.due': { $lte: new Date(Date.now() + 60_000) } })
      .sort({ 'outbox.due': 1 })
      .explain('executionStats')) as { executionStats: { nReturned: number; totalDocsExamined: number } };
    expect(explained.executionStats.nReturned).toBe(1);
    expect(explained.executionStats.totalDocsExamined).toBeLessThan(50);
    expect(await pendingOf(id)).toHaveLength(1);
  });
});
