import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Http2Server, type Http2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import jwt from 'jsonwebtoken';
import { afterEach, expect, it } from 'vitest';
import { freePort } from '@portico/data-stores';
import { attempt } from '../../peers/attempt.ts';
import { apnsProvider } from './apns.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Reply {
  status: number;
  reason?: string;
  headers?: Record<string, string>;
}

/** APNs: checks the provider token as Apple does, then answers as told; undefined is silence. */
async function apns(reply: (device: string, times: number) => Reply | undefined = () => ({ status: 200 })) {
  const requests: { device: string; headers: Record<string, unknown>; body: string }[] = [];
  const sessions: Http2Session[] = [];
  const server: Http2Server = createServer();
  server.on('session', (session) => sessions.push(session));
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers) => {
    let body = '';
    stream.setEncoding('utf8');
    stream.on('error', () => undefined);
    stream.on('data', (chunk: string) => (body += chunk));
    stream.on('end', () => {
      const device = String(headers[':path']).replace('/3/device/', '');
      requests.push({ device, headers, body });
      const answer = tokenHolds(headers)
        ? reply(device, requests.length)
        : { status: 403, reason: 'InvalidProviderToken' };
      if (!answer) return;
      stream.respond({ ':status': answer.status, 'apns-id': String(headers['apns-id']), ...answer.headers });
      stream.end(answer.reason === undefined ? '' : JSON.stringify({ reason: answer.reason }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const session of sessions) session.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, sessions };
}

function tokenHolds(headers: Record<string, unknown>): boolean {
  const token = String(headers['authorization']).replace(/^bearer /, '');
  try {
    const { header, payload } = jwt.verify(token, publicKey, { algorithms: ['ES256'], complete: true });
    return header.kid === 'KEY1234567' && (payload as jwt.JwtPayload).iss === 'TEAM123456';
  } catch {
    return false;
  }
}

function providerAt(url: string, key = privateKey) {
  const provider = apnsProvider({
    url,
    keyId: 'KEY1234567',
    teamId: 'TEAM123456',
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    topic: 'com.example.app',
  });
  closing.push(() => provider.close?.());
  return provider;
}

const id = '0f5c0a4e-1111-4222-8333-444455556666';
const content = { id, to: 'a1b2c3', title: '通知', body: '正文', payload: { kind: 'news' } };

it('sends over one connection, with a token that Apple accepts', async () => {
  const { url, requests, sessions } = await apns();
  const provider = providerAt(url);
  const answers = await Promise.all(Array.from({ length: 50 }, () => attempt(provider, content)));
  expect(answers).toEqual(Array.from({ length: 50 }, () => ({ sent: id })));
  expect(sessions).toHaveLength(1);
  expect(new Set(requests.map(({ headers }) => headers['authorization'])).size).toBe(1);
  expect(requests[0]).toMatchObject({
    device: 'a1b2c3',
    headers: {
      'apns-topic': 'com.example.app',
      'apns-push-type': 'alert',
      'apns-collapse-id': id,
      'apns-id': id,
    },
  });
  expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
    aps: { alert: { title: '通知', body: '正文' } },
    kind: 'news',
  });
});

it("is refused with a key that is not the team's", async () => {
  const { url } = await apns();
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  expect(await attempt(providerAt(url, other), content)).toEqual({
    outcome: 'retry',
    cause: 'unavailable',
    code: 'InvalidProviderToken',
  });
});

it.each([
  [
    { status: 410, reason: 'Unregistered' },
    { outcome: 'permanent', cause: 'invalid_recipient', code: 'Unregistered' },
  ],
  [
    { status: 400, reason: 'BadDeviceToken' },
    { outcome: 'permanent', cause: 'invalid_recipient', code: 'BadDeviceToken' },
  ],
  [
    { status: 400, reason: 'PayloadEmpty' },
    { outcome: 'permanent', cause: 'rejected', code: 'PayloadEmpty' },
  ],
  [
    { status: 429, reason: 'TooManyRequests', headers: { 'retry-after': '5' } },
    { outcome: 'retry', cause: 'rate_limited', code: 'TooManyRequests', retryAfterMs: 5000, pause: true },
  ],
  [
    { status: 429, reason: 'TooManyRequests' },
    { outcome: 'retry', cause: 'rate_limited', code: 'TooManyRequests' },
  ],
  [
    { status: 500, reason: 'InternalServerError' },
    { outcome: 'retry', cause: 'unavailable', code: 'InternalServerError' },
  ],
  [
    { status: 503, reason: 'Shutdown' },
    { outcome: 'retry', cause: 'unavailable', code: 'Shutdown' },
  ],
])('classifies %j', async (reply, expected) => {
  const { url } = await apns(() => reply);
  expect(await attempt(providerAt(url), content)).toEqual(expected);
});

it('cuts what hangs, alone, and takes another connection for what follows', async () => {
  const { url, sessions } = await apns((device) => (device === 'mute' ? undefined : { status: 200 }));
  const provider = providerAt(url);
  const [mute, other] = await Promise.all([
    attempt(provider, { ...content, to: 'mute' }, 200),
    attempt(provider, content),
  ]);
  expect(mute).toEqual({ outcome: 'unknown', cause: 'unavailable' });
  expect(other).toEqual({ sent: id });
  expect(await attempt(provider, content)).toEqual({ sent: id });
  expect(sessions).toHaveLength(2);
});

it('connects again after the server went away, and says that nothing was sent when there is none', async () => {
  const { url, sessions } = await apns();
  const provider = providerAt(url);
  expect(await attempt(provider, content)).toEqual({ sent: id });
  sessions[0]?.goaway();
  sessions[0]?.destroy();
  await expect.poll(() => attempt(provider, content)).toEqual({ sent: id });
  const nobody = providerAt(`http://127.0.0.1:${await freePort()}`);
  expect(await attempt(nobody, content)).toMatchObject({ outcome: 'retry', cause: 'unavailable' });
});
