import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type AppProcess, type TestStores } from '@portico/testing';
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
  type DeliveryJob,
  type DeliveryResult,
  type NewMessage,
} from '@portico/queue';
import type { OutboxLine } from '../deliveries/development-outbox.ts';

const service = 'test-service';

/** Sends messages as a service does and reads its results; starts notifiers that serve it. */
export function servicePeer(stores: TestStores) {
  const { redisUrl, redisPrefix } = stores;
  const key = { id: 'k1', key: randomBytes(32) };
  const dataDir = mkdtempSync(join(tmpdir(), 'notifier-test-'));
  const sealer = createSealer([key]);
  const messages = createMessageSealer(service, sealer);
  const producers = createProducers({ redisUrl, redisPrefix, name: service, sealer });
  const results: DeliveryResult[] = [];
  const queue = resultsQueue(service);
  const workers = startWorkers({
    redisUrl,
    redisPrefix,
    name: service,
    queues: [
      {
        queue,
        jobs: [resultsJob],
        concurrency: 1,
        handlers: [
          handler(resultsJob, resultsJobSchema, ({ id, sealed }) => {
            results.push(...resultBatchSchema.parse(sealer.open(queue, id, sealed)));
            return Promise.resolve();
          }),
        ],
      },
    ],
  });
  const environment = {
    MONGODB_URI: stores.mongodbUri,
    MONGODB_DATABASE: stores.database,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: redisPrefix,
    SEALING_KEYS: `${key.id}:${key.key.toString('base64')}`,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'debug',
    NOTIFIER_LOCK_MS: '2000',
    NOTIFIER_STALLED_CHECK_MS: '500',
    NOTIFIER_RETRY_FIRST_MS: '100',
  };
  const notifiers: AppProcess[] = [];
  return {
    producers,
    results,
    environment,
    /** Starts `apps/notifier` beside this service. */
    async notifier(more: Record<string, string> = {}) {
      const app = await startApp('notifier', { ...environment, ...more });
      notifiers.push(app);
      return app;
    },
    /** Enqueues messages and answers their ids. */
    async send(...written: NewMessage[]): Promise<string[]> {
      const jobs = written.map((message): [NewMessage['channel'], DeliveryJob] => [
        message.channel,
        messages.close(message),
      ]);
      await producers.connected();
      for (const [channel, group] of Map.groupBy(jobs, ([name]) => name)) {
        for (let from = 0; from < group.length; from += 1000) {
          const page = group.slice(from, from + 1000).map(([, job]) => job);
          await producers.enqueue(channel, page);
        }
      }
      return jobs.map(([, { id }]) => id);
    },
    /** Enqueues a message once more under its id, as an outbox does that heard nothing of it. */
    sendAgain: (id: string, message: NewMessage) =>
      producers.enqueue(message.channel, [messages.close(message, id)]),
    resultOf: (id: string) => results.findLast(({ outboxId }) => outboxId === id),
    /** The development outbox. */
    outbox(): OutboxLine[] {
      try {
        const lines = readFileSync(join(dataDir, 'outbox.ndjson'), 'utf8').trim().split('\n');
        return lines.filter(Boolean).map((line) => JSON.parse(line) as OutboxLine);
      } catch {
        return [];
      }
    },
    /** Everything that the notifiers printed. */
    logs: () => notifiers.flatMap(({ lines }) => lines),
    async close() {
      await Promise.all(notifiers.map((app) => app.stop()));
      await workers.close();
      await producers.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export const code = (to: string, value = '493817'): NewMessage => ({
  channel: 'sms',
  to,
  template: 'verification-code',
  locale: 'zh',
  data: { code: value, minutes: 10, purpose: 'register' },
});

export const mail = (to: string): NewMessage => ({
  channel: 'email',
  to,
  template: 'ticket-replied',
  locale: 'en',
  data: { ticketId: 'T-1', title: 'Export', reply: 'Done.' },
});

export const push = (to: string): NewMessage => ({
  channel: 'push',
  to,
  template: 'push',
  locale: 'zh',
  data: { title: '通知', body: '正文' },
});
