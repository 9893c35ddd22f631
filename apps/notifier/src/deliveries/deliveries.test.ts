import { afterAll, describe, expect, it } from 'vitest';
import { MongoClient } from 'mongodb';
import { call, testStores } from '@portico/testing';
import { connectRedis } from '@portico/queue';
import { httpPeer, type HttpReply, type HttpRequest } from '../peers/http-peer.ts';
import { code, mail, push, servicePeer } from '../peers/service-peer.ts';
import { smtpPeer } from '../peers/smtp-peer.ts';
import type { Delivery } from './deliveries.model.ts';

const stores = testStores();
const service = servicePeer(stores);
const mongo = new MongoClient(stores.mongodbUri);
const deliveries = mongo.db(stores.database).collection<Delivery>('deliveries');
const deliveryOf = (id: string) => deliveries.findOne({ _id: id });

/** The SMS gateway answers by the number it is to send to. */
const answers = new Map<string, (times: number) => HttpReply | undefined>();
const toOf = ({ body }: HttpRequest) => (JSON.parse(body) as { to: string }).to;
const gateway = await httpPeer((request) => {
  const to = toOf(request);
  const times = gateway.requests.filter((one) => toOf(one) === to).length;
  return answers.has(to) ? answers.get(to)?.(times) : { body: { id: `gateway-${to}` } };
});
const asked = (to: string) => gateway.requests.filter((request) => toOf(request) === to);
const mailServer = await smtpPeer({
  onRcptTo({ address }, _session, accept) {
    if (address.startsWith('nobody@'))
      accept(Object.assign(new Error('5.1.1 No such user'), { responseCode: 550 }));
    else accept();
  },
});

const app = await service.notifier({
  SMS_PROVIDER: 'http',
  SMS_HTTP_URL: `${gateway.url}/send`,
  SMS_HTTP_SECRET: 'secret',
  EMAIL_PROVIDER: 'smtp',
  SMTP_HOST: '127.0.0.1',
  SMTP_PORT: String(mailServer.port),
  SMTP_TLS: 'none',
  MAIL_FROM: 'Portico <no-reply@portico.test>',
  PROVIDER_TIMEOUT_MS: '8000',
  NOTIFIER_MAX_ATTEMPTS: '3',
  NOTIFIER_CONCURRENCY: '20',
});

afterAll(async () => {
  await service.close();
  await Promise.all([mongo.close(), gateway.close(), mailServer.close()]);
});

const final = (id: string) => expect.poll(() => service.resultOf(id)?.status);

describe('a message', () => {
  it('goes out once on each channel, and its service hears of it', async () => {
    const [sms = '', letter = '', note = ''] = await service.send(
      { ...code('+8613800000001'), correlation: { about: 'registration' }, requestId: 'request-0001' },
      mail('ada@example.com'),
      push('device-1'),
    );
    for (const id of [sms, letter, note]) await final(id).toBe('sent');
    expect(service.resultOf(sms)).toMatchObject({
      provider: 'http',
      providerMessageId: 'gateway-+8613800000001',
      correlation: { about: 'registration' },
      requestId: 'request-0001',
    });
    expect(asked('+8613800000001')).toMatchObject([{ headers: { 'idempotency-key': sms } }]);
    expect(mailServer.mails.filter(({ to }) => to === 'ada@example.com')).toMatchObject([
      { messageId: `<${letter}@portico.test>` },
    ]);
    expect(await deliveryOf(sms)).toMatchObject({
      state: 'sent',
      attempts: 1,
      fence: 1,
      requestId: 'request-0001',
      service: 'test-service',
      template: 'verification-code',
      to: '…0001',
    });
  });

  it('that is enqueued again is not sent again; its service is told again', async () => {
    const message = code('+8613800000002');
    const [id = ''] = await service.send(message);
    await final(id).toBe('sent');
    await service.sendAgain(id, message);
    await expect.poll(() => service.results.filter(({ outboxId }) => outboxId === id).length).toBe(2);
    expect(asked('+8613800000002')).toHaveLength(1);
  });

  it('stands in the development outbox with its code, once', async () => {
    const [id = ''] = await service.send(code('+8613800000003', '112233'));
    await final(id).toBe('sent');
    expect(service.outbox().filter((line) => line.id === id)).toEqual([
      {
        at: expect.any(String) as string,
        id,
        channel: 'sms',
        to: '+8613800000003',
        template: 'verification-code',
        subject: null,
        text: '您的注册验证码是 112233，10 分钟内有效，请勿泄露给他人。',
        code: '112233',
      },
    ]);
  });

  it('is not sent after it has expired', async () => {
    const [id = ''] = await service.send({
      ...code('+8613800000004'),
      expiresAt: new Date(Date.now() - 1000),
    });
    await final(id).toBe('failed');
    expect(service.resultOf(id)?.cause).toBe('expired');
    expect(asked('+8613800000004')).toHaveLength(0);
  });

  it.each([
    ['email', mail('a@example.com,b@example.com')],
    ['email', mail('a@example.com\r\nRCPT TO:<b@example.com>')],
    ['sms', code('13800000000')],
  ])('to what is no address of %s is refused without asking anyone', async (_channel, message) => {
    const [id = ''] = await service.send(message);
    await final(id).toBe('invalid');
    expect(service.resultOf(id)?.cause).toBe('invalid_recipient');
  });
});

describe('a provider', () => {
  it('that refuses for good is not asked again: 550 from a mail server', async () => {
    const [id = ''] = await service.send(mail('nobody@example.com'));
    await final(id).toBe('invalid');
    expect(await deliveryOf(id)).toMatchObject({ state: 'failed', attempts: 1, providerCode: '5.1.1' });
  });

  it('that is out of credit says so to the service', async () => {
    answers.set('+8613800000010', () => ({ status: 402, body: { message: 'no credit', code: 'BALANCE' } }));
    const [id = ''] = await service.send(code('+8613800000010'));
    await final(id).toBe('failed');
    expect(service.resultOf(id)).toMatchObject({
      cause: 'out_of_credit',
      providerCode: 'BALANCE',
      reason: 'no credit',
    });
    expect(asked('+8613800000010')).toHaveLength(1);
  });

  it('that says 429 is left alone as long as it asks for, by all messages', async () => {
    answers.set('+8613800000011', (times) =>
      times === 1 ? { status: 429, headers: { 'Retry-After': '8' } } : { body: {} },
    );
    const [first = ''] = await service.send(code('+8613800000011'));
    await final(first).toBe('retrying');
    const [second = ''] = await service.send(code('+8613800000012'));
    // Mail goes on meanwhile.
    const [letter = ''] = await service.send(mail('bob@example.com'));
    await final(letter).toBe('sent');
    expect(service.resultOf(first)?.status).toBe('retrying');
    await final(first).toBe('sent');
    await final(second).toBe('sent');
    const [refused, accepted] = asked('+8613800000011');
    expect((accepted?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(8000);
    expect((asked('+8613800000012')[0]?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(8000);
  });

  it('that hangs is cut at its time-out and asked again with the same key; other channels do not notice', async () => {
    answers.set('+8613800000013', (times) => (times === 1 ? undefined : { body: {} }));
    const [id = ''] = await service.send(code('+8613800000013'));
    await expect.poll(() => asked('+8613800000013').length).toBe(1);
    const [letter = ''] = await service.send(mail('eve@example.com'));
    await final(letter).toBe('sent');
    expect(service.resultOf(id)).toBeUndefined();
    await final(id).toBe('sent');
    const [hung, answered] = asked('+8613800000013');
    expect(answered?.headers['idempotency-key']).toBe(hung?.headers['idempotency-key']);
    expect((answered?.at ?? 0) - (hung?.at ?? 0)).toBeGreaterThanOrEqual(8000);
  });
});

describe('dead letters', () => {
  it('are listed with their reason, without their secrets, and replayed under a new job id', async () => {
    answers.set('+8613800000020', (times) =>
      times <= 3 ? { status: 503, body: { message: 'down, could not send 774411' } } : { body: {} },
    );
    const [id = ''] = await service.send(code('+8613800000020', '774411'));
    await final(id).toBe('failed');
    expect(service.results.filter(({ outboxId }) => outboxId === id).map(({ status }) => status)).toEqual([
      'retrying',
      'failed',
    ]);
    const list = await call<{ items: { id: string }[]; total: number }>(
      `${app.operationsUrl}/dead-letters?channel=sms&pageSize=100`,
    );
    const letter = list.body.items.find((one) => one.id === id);
    expect(letter).toMatchObject({
      state: 'dead',
      channel: 'sms',
      attempts: 3,
      cause: 'unavailable',
      reason: 'down, could not send [redacted]',
    });
    expect(JSON.stringify(list.body)).not.toMatch(/774411|13800000020|sealed/);
    const replay = await call(`${app.operationsUrl}/notifier/dead-letters/${id}/replay`, { method: 'POST' });
    expect(replay).toMatchObject({ status: 202, body: { id, jobId: `${id}-r1` } });
    await final(id).toBe('sent');
    expect(await deliveryOf(id)).toMatchObject({ state: 'sent', replays: 1, attempts: 1 });
    expect(await deliveryOf(id)).not.toHaveProperty('job');
    const gone = await call<{ items: { id: string }[] }>(`${app.operationsUrl}/dead-letters?pageSize=100`);
    expect(gone.body.items.map((one) => one.id)).not.toContain(id);
  });

  it('answers plainly to what is wrong', async () => {
    expect((await call(`${app.operationsUrl}/dead-letters?page=x`)).status).toBe(422);
    expect((await call(`${app.operationsUrl}/dead-letters?channel=fax`)).status).toBe(422);
    expect((await call(`${app.operationsUrl}/dead-letters/nope/replay`, { method: 'POST' })).status).toBe(
      404,
    );
  });
});

describe('the operations port', () => {
  it('shows the dashboard, with and without the prefix of the gateway', async () => {
    for (const path of ['/queues', '/notifier/queues']) {
      const page = await call<string>(`${app.operationsUrl}${path}`);
      expect(page.status).toBe(200);
      expect(page.body).toContain('/notifier/queues');
    }
    expect((await call(`${app.operationsUrl}/notifier/queues/api/queues`)).status).toBe(200);
  });

  it('counts deliveries by channel, provider and outcome, and what waits', async () => {
    const { body } = await call<string>(`${app.operationsUrl}/metrics`);
    expect(body).toMatch(
      /notifier_deliveries_total\{channel="sms",provider="http",outcome="sent"[^}]*\} [1-9]/,
    );
    expect(body).toMatch(/notifier_queue_jobs\{channel="email",state="waiting"[^}]*\} 0/);
    expect(body).toMatch(/notifier_dead_letters\{channel="sms"[^}]*\} [1-9]/);
  });
});

it('leaves codes, addresses and tokens nowhere in clear', async () => {
  const secrets = ['860417', '13899990000', 'plant@example.com', 'device-token-planted'];
  answers.set('+8613899990000', () => ({
    status: 503,
    body: { message: '860417 to +8613899990000 failed' },
  }));
  const ids = await service.send(
    code('+8613899990000', '860417'),
    { ...code('plant@example.com', '860417'), channel: 'email' },
    push('device-token-planted'),
  );
  for (const id of ids) await final(id).not.toBe(undefined);
  const redis = connectRedis({ url: stores.redisUrl, name: 'test' });
  await expect.poll(() => redis.ping().catch(() => '')).toBe('PONG');
  // Waiting, delayed and finished: also while the failing one is being retried.
  for (const key of await redis.keys('*')) {
    const dump = (await redis.dumpBuffer(key))?.toString('latin1') ?? '';
    for (const secret of secrets) expect(`${key} ${dump}`).not.toContain(secret);
  }
  await final(ids[0] ?? '').toBe('failed');
  redis.disconnect();
  const stored = JSON.stringify(await deliveries.find().toArray());
  const { body: metrics } = await call<string>(`${app.operationsUrl}/metrics`);
  for (const secret of secrets) {
    expect(stored).not.toContain(secret);
    expect(metrics).not.toContain(secret);
    expect(service.logs().join('\n')).not.toContain(secret);
  }
  expect(service.logs().join('\n')).toContain('delivered');
});
