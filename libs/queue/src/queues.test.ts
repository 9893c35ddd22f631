import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '@portico/data-stores';
import { testStores } from '@portico/testing';
import { z } from 'zod';
import {
  backoffDelay,
  connectRedis,
  createMessageSealer,
  createProducers,
  createSealer,
  deliverJob,
  deliveryJobSchema,
  handler,
  startPeriodic,
  startWorkers,
} from './index.ts';

const stores = testStores();
const sealer = createSealer([{ id: 'k', key: randomBytes(32) }]);
const messages = createMessageSealer('test', sealer);
const redis = { redisUrl: stores.redisUrl, redisPrefix: stores.redisPrefix, name: 'test' };
const open: { close(): Promise<void> }[] = [];
const opened = <T extends { close(): Promise<void> }>(thing: T) => {
  open.push(thing);
  return thing;
};

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

const code = (to: string) =>
  messages.close({
    channel: 'sms',
    to,
    template: 'verification-code',
    locale: 'zh',
    data: { code: '493817', minutes: 10, purpose: 'login' },
  });

describe('producers and workers', () => {
  it('hand each message over once, however often it is added', async () => {
    const producers = opened(createProducers({ ...redis, sealer }));
    const jobs = [code('+8613800000001'), code('+8613800000002')];
    await expect
      .poll(() =>
        producers.enqueue('sms', jobs).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await producers.enqueue('sms', jobs);
    const got: string[] = [];
    opened(
      startWorkers({
        ...redis,
        queues: [
          {
            queue: 'sms',
            jobs: [deliverJob],
            concurrency: 10,
            handlers: [
              handler(deliverJob, deliveryJobSchema, async (job) => {
                got.push(messages.open('sms', job).to);
              }),
            ],
          },
        ],
      }),
    );
    await expect.poll(() => got.toSorted()).toEqual(['+8613800000001', '+8613800000002']);
    await expect.poll(() => producers.queue('sms').getJobCountByTypes('active', 'waiting')).toBe(0);
    // Nothing lingers under the id: the same message may be enqueued again after a loss.
    await producers.enqueue('sms', jobs.slice(0, 1));
    await expect.poll(() => got.length).toBe(3);
  });

  it('keep addresses and codes out of Redis', async () => {
    const producers = opened(createProducers({ ...redis, sealer }));
    const client = connectRedis({ url: stores.redisUrl, name: 'test' });
    await expect
      .poll(() =>
        producers.enqueue('push', [{ ...code('+8613800000003') }]).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    const keys = await client.keys(`{${stores.redisPrefix}.*`);
    expect(keys.length).toBeGreaterThan(0);
    const values = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
    for (const value of values) {
      expect(value.toString('latin1')).not.toMatch(/493817|13800000003/);
    }
    client.disconnect();
  });

  it('fail within the time limit while Redis was never there', async () => {
    const redisUrl = `redis://127.0.0.1:${await freePort()}`;
    const producers = opened(createProducers({ ...redis, redisUrl, sealer, timeoutMs: 500 }));
    // Without a time limit it would wait for ever.
    await expect(producers.enqueue('sms', [code('+8613800000001')])).rejects.toThrow();
  });

  it('refuse to start when a job has no handler, two, or a handler has no job', () => {
    const one = { name: 'a', run: () => Promise.resolve() };
    const start = (handlers: (typeof one)[], jobs = ['a']) =>
      startWorkers({ ...redis, queues: [{ queue: 'q', jobs, handlers, concurrency: 1 }] });
    expect(() => start([])).toThrow('job a has 0 handlers');
    expect(() => start([one, one])).toThrow('job a has 2 handlers');
    expect(() => start([one, { ...one, name: 'b' }])).toThrow('handler b is of no job');
  });

  it('check a job against its contract before doing it', async () => {
    const checked = handler('a', z.object({ n: z.number() }), () => Promise.resolve());
    await expect(async () => checked.run({ data: { n: 'x' } } as never, '')).rejects.toThrow();
  });
});

describe('periodic work', () => {
  it('is done by one of many replicas, and again after its interval', async () => {
    const runs: number[] = [];
    const replica = (number: number) =>
      startPeriodic({
        redisUrl: stores.redisUrl,
        redisPrefix: stores.redisPrefix,
        service: 'periodic-test',
        jobs: [{ name: 'tick', everyMs: 200, run: async () => void runs.push(number) }],
      });
    const started = performance.now();
    [replica(1), replica(2), replica(3)].forEach(opened);
    await expect.poll(() => runs.length).toBeGreaterThanOrEqual(5);
    const elapsed = performance.now() - started;
    expect(runs.length).toBeLessThanOrEqual(elapsed / 200 + 2);
  });
});

it('backs off exponentially, with jitter and a ceiling', () => {
  for (let attempt = 1; attempt < 20; attempt++) {
    const full = Math.min(500 * 2 ** (attempt - 1), 30_000);
    const delay = backoffDelay(attempt);
    expect(delay).toBeGreaterThanOrEqual(full / 2);
    expect(delay).toBeLessThanOrEqual(full);
  }
  expect(new Set(Array.from({ length: 20 }, () => backoffDelay(5))).size).toBeGreaterThan(1);
});
