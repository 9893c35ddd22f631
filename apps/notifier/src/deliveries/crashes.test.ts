import { afterAll, describe, expect, it } from 'vitest';
import { Schema, type Model } from 'mongoose';
import { freePort, startRedis } from '@portico/data-stores';
import { createMongo } from '@portico/mongo';
import { addOutbox, createOutbox, type WithOutbox } from '@portico/outbox';
import { createProducers, createSealer, sealingKeys } from '@portico/queue';
import { testStores, type AppProcess } from '@portico/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { mail, push, servicePeer } from '../peers/service-peer.ts';
import { smtpPeer } from '../peers/smtp-peer.ts';

const stores = testStores();

describe('workers killed with kill -9', () => {
  const service = servicePeer(stores);
  afterAll(() => service.close());

  it('leave nothing undelivered, and repeat no more than what was on its way, with the same key', async () => {
    const server = await smtpPeer({ delayMs: 40 });
    const settings = {
      NOTIFIER_ROLES: 'email',
      EMAIL_PROVIDER: 'smtp',
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: String(server.port),
      SMTP_TLS: 'none',
      SMTP_MAX_CONNECTIONS: '2',
      MAIL_FROM: 'no-reply@portico.test',
    };
    const workers = await Promise.all([1, 2, 3].map(() => service.notifier(settings)));
    const recipients = Array.from({ length: 300 }, (_, index) => `user${index}@example.com`);
    const ids = await service.send(...recipients.map(mail));
    const kills: number[] = [];
    for (const at of [50, 120, 190]) {
      await expect.poll(() => server.mails.length).toBeGreaterThan(at);
      const victim = workers.shift() as AppProcess;
      await victim.kill();
      kills.push(Date.now());
      workers.push(await service.notifier(settings));
    }
    await expect.poll(() => new Set(service.results.map(({ outboxId }) => outboxId)).size).toBe(300);
    expect(service.results.every(({ status }) => status === 'sent')).toBe(true);
    expect(new Set(server.mails.map(({ to }) => to)).size).toBe(300);
    const keys = new Set(server.mails.map(({ messageId }) => messageId));
    expect(keys).toEqual(new Set(ids.map((id) => `<${id}@portico.test>`)));
    // What a worker had handed over and not yet recorded when it died: at most its two connections' worth.
    expect(server.mails.length - 300).toBeLessThanOrEqual(2 * kills.length);
    await server.close();
  });

  it('write each message once to the development outbox', async () => {
    const settings = { NOTIFIER_ROLES: 'push', LOG_PROVIDER_LATENCY_MS: '50', NOTIFIER_CONCURRENCY: '50' };
    const first = await service.notifier(settings);
    const ids = new Set(
      await service.send(...Array.from({ length: 1000 }, (_, index) => push(`device-${index}`))),
    );
    const written = () => service.outbox().filter(({ id }) => ids.has(id));
    await expect.poll(() => written().length).toBeGreaterThan(200);
    await first.kill();
    await service.notifier(settings);
    await expect
      .poll(() => service.results.filter(({ outboxId }) => ids.has(outboxId)).length)
      .toBeGreaterThanOrEqual(1000);
    expect(written().length).toBe(1000);
    expect(new Set(written().map(({ id }) => id)).size).toBe(1000);
  });
});

describe('Redis', () => {
  it.each([
    ['killed and started again on its data', 'data'],
    ['killed and started again empty', 'empty'],
  ])('%s loses no message', async (_title, kept) => {
    const folder = mkdtempSync(join(tmpdir(), 'notifier-redis-'));
    const port = await freePort();
    const start = (name: string) =>
      startRedis({ dataDir: join(folder, name), port, searchPath: inject('searchPath') });
    let redis = await start('data');
    const own = { ...stores, redisUrl: redis.url, database: `${stores.database}_${kept}` };
    const peer = servicePeer(own);
    const sealer = createSealer(sealingKeys().parse(peer.environment.SEALING_KEYS));
    const mongo = createMongo({ uri: own.mongodbUri, database: own.database, appName: 'test' });
    const schema = new Schema<WithOutbox>({});
    addOutbox(schema);
    const Request: Model<WithOutbox> = mongo.connection.model<WithOutbox>('Request', schema);
    await mongo.open();
    const producers = createProducers({ ...own, name: 'test-outbox', sealer });
    const outbox = createOutbox({
      service: 'test-outbox',
      sources: [{ model: Request }],
      producers,
      sealer,
      redisUrl: own.redisUrl,
      redisPrefix: own.redisPrefix,
      logger: { warn: () => undefined },
      timing: { graceMs: 500, confirmMs: 1500, maxConfirmMs: 2000, sweepEveryMs: 200 },
      workerTiming: { lockMs: 2000, stalledCheckMs: 500 },
    });
    outbox.start();
    await peer.notifier({ NOTIFIER_ROLES: 'push', NOTIFIER_CONCURRENCY: '5', LOG_PROVIDER_LATENCY_MS: '20' });

    // A request that only notifies is answered as if Redis were there: half of them are before it is back.
    for (let index = 0; index < 400; index++) {
      if (index === 150) redis.child.kill('SIGKILL');
      if (index === 300) redis = await start(kept);
      const entry = outbox.pending(push(`device-${index}`));
      const { _id } = await Request.create({ outbox: [entry] });
      outbox.relay(Request, _id, [entry]);
    }
    const pending = () => Request.collection.countDocuments({ 'outbox._id': { $exists: true } });
    await expect.poll(pending, { interval: 200 }).toBe(0);
    const sent = peer.outbox().map(({ to }) => to);
    expect(new Set(sent).size).toBe(400);
    expect(sent).toHaveLength(400);

    await outbox.close();
    await producers.close();
    await peer.close();
    await mongo.connection.dropDatabase();
    await mongo.close();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});
