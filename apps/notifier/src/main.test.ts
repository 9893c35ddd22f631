import { afterAll, expect, it } from 'vitest';
import { call, startApp, testStores } from '@portico/testing';
import { httpPeer } from './peers/http-peer.ts';
import { code, mail, servicePeer } from './peers/service-peer.ts';
import { smtpPeer } from './peers/smtp-peer.ts';

const stores = testStores();
const service = servicePeer(stores);
afterAll(() => service.close());

it('does not start with a wrong environment, and says why', async () => {
  await expect(startApp('notifier', { NODE_ENV: 'production' })).rejects.toThrow(
    /MONGODB_URI: is not set[\s\S]*SEALING_KEYS: is not set/,
  );
  await expect(startApp('notifier', { ...service.environment, NODE_ENV: 'production' })).rejects.toThrow(
    'EMAIL_PROVIDER: must be set in production',
  );
});

it('writes no message to disk in production', async () => {
  const server = await smtpPeer();
  const app = await service.notifier({
    NODE_ENV: 'production',
    NOTIFIER_ROLES: 'email',
    EMAIL_PROVIDER: 'smtp',
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(server.port),
    SMTP_TLS: 'none',
    MAIL_FROM: 'no-reply@portico.test',
  });
  const [id = ''] = await service.send(mail('ada@example.com'));
  await expect.poll(() => service.resultOf(id)?.status).toBe('sent');
  expect(service.outbox()).toEqual([]);
  expect(await app.stop()).toBe(0);
  await server.close();
});

it('finishes what it has in hand when it is told to stop, and leaves the rest to others', async () => {
  const settings = { NOTIFIER_ROLES: 'sms', LOG_PROVIDER_LATENCY_MS: '400', NOTIFIER_CONCURRENCY: '5' };
  const app = await service.notifier(settings);
  const ids = await service.send(
    ...Array.from({ length: 12 }, (_, index) => code(`+861380000${1000 + index}`)),
  );
  await expect.poll(() => service.outbox().length).toBeGreaterThan(0);
  const before = Date.now();
  expect(await app.stop()).toBe(0);
  expect(Date.now() - before).toBeLessThan(5000);
  const done = ids.filter((id) => service.resultOf(id) !== undefined).length;
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(12);
  await service.notifier(settings);
  await expect.poll(() => ids.every((id) => service.resultOf(id)?.status === 'sent')).toBe(true);
  expect(service.outbox()).toHaveLength(12);
  expect(service.results.every(({ status }) => status === 'sent')).toBe(true);
});

it('is ready when its stores answer', async () => {
  const app = await service.notifier({ NOTIFIER_ROLES: 'email' });
  await expect.poll(async () => (await call(`${app.operationsUrl}/readyz`)).status).toBe(200);
  expect((await call(`${app.operationsUrl}/healthz`)).status).toBe(200);
  const away = await service.notifier({ NOTIFIER_ROLES: 'email', REDIS_URL: 'redis://127.0.0.1:1' });
  const answer = await call<{ problems: object }>(`${away.operationsUrl}/readyz`);
  expect(answer.status).toBe(503);
  expect(answer.body.problems).toHaveProperty('redis');
});

it('repeats an SMS of which nobody knows only once, where the provider cannot tell repeats', async () => {
  const peer = await httpPeer(() => ({ status: 500 }));
  const own = servicePeer({ ...stores, redisPrefix: `${stores.redisPrefix}-unknown` });
  await own.notifier({
    NOTIFIER_ROLES: 'sms',
    SMS_PROVIDER: 'twilio',
    TWILIO_URL: peer.url,
    TWILIO_ACCOUNT_SID: 'AC1',
    TWILIO_AUTH_TOKEN: 'token',
    TWILIO_FROM: '+15550001111',
  });
  const [id = ''] = await own.send(code('+8613800009999'));
  await expect.poll(() => own.resultOf(id)?.status).toBe('failed');
  expect(peer.requests).toHaveLength(2);
  await own.close();
  await peer.close();
});
