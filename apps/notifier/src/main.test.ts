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
  const role = { NOTIFIER_ROLES: 'sms' };
  // All of them would take 40 s.
  const slow = { LOG_PROVIDER_LATENCY_MS: '400', NOTIFIER_CONCURRENCY: '2' };
  const app = await service.notifier({ ...role, ...slow });
  const ids = await service.send(
    ...Array.from({ length: 200 }, (_, index) => code(`+861380000${1000 + index}`)),
  );
  await expect.poll(() => service.outbox().length).toBeGreaterThan(0);
  expect(await app.stop()).toBe(0);
  const done = service.outbox().length;
  expect(done).toBeLessThan(200);
  const sent = () => ids.filter((id) => service.resultOf(id)?.status === 'sent').length;
  await expect.poll(sent).toBe(done);
  await service.notifier({ ...role, NOTIFIER_CONCURRENCY: '50' });
  await expect.poll(sent).toBe(200);
  expect(service.outbox()).toHaveLength(200);
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
