import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { afterEach, expect, it } from 'vitest';
import { attempt } from '../../peers/attempt.ts';
import { httpPeer, type HttpPeer, type HttpReply } from '../../peers/http-peer.ts';
import { fcmProvider } from './fcm.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
let peer: HttpPeer | undefined;
afterEach(() => peer?.close());

const content = {
  id: 'message-1',
  to: 'device-token',
  title: '通知',
  body: '正文',
  payload: { kind: 'news' },
};

/** FCM with its OAuth server; tokens are numbered. */
async function fcm(reply: (times: number) => HttpReply | undefined, token: () => HttpReply = () => ({})) {
  let tokens = 0;
  const started = await httpPeer((request) => {
    if (request.path !== '/token') {
      return reply(started.requests.filter(({ path }) => path !== '/token').length);
    }
    const form = new URLSearchParams(request.body);
    const claims = jwt.verify(form.get('assertion') ?? '', publicKey, {
      algorithms: ['RS256'],
    }) as jwt.JwtPayload;
    const right =
      form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
      claims.iss === 'portico@project.test' &&
      claims.aud === `${started.url}/token` &&
      claims['scope'] === 'https://www.googleapis.com/auth/firebase.messaging';
    const refused = token();
    if (!right || refused.status !== undefined)
      return { status: refused.status ?? 400, body: { error: 'invalid_grant' } };
    tokens++;
    return { body: { access_token: `access-${tokens}`, expires_in: 3600 } };
  });
  peer = started;
  const provider = fcmProvider({
    url: peer.url,
    account: {
      project_id: 'project',
      client_email: 'portico@project.test',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      token_uri: `${peer.url}/token`,
    },
  });
  return { provider, tokens: () => tokens };
}

const sent: HttpReply = { body: { name: 'projects/project/messages/1' } };
const error = (status: number, details: object[] = [], headers: Record<string, string> = {}): HttpReply => ({
  status,
  headers,
  body: { error: { status: 'STATUS', message: 'm', details } },
});

it('exchanges one token for many messages', async () => {
  const { provider, tokens } = await fcm(() => sent);
  const answers = await Promise.all(Array.from({ length: 20 }, () => attempt(provider, content)));
  expect(answers).toEqual(Array.from({ length: 20 }, () => ({ sent: 'projects/project/messages/1' })));
  expect(tokens()).toBe(1);
  const request = peer?.requests.find(({ path }) => path !== '/token');
  expect(request).toMatchObject({ method: 'POST', path: '/v1/projects/project/messages:send' });
  expect(request?.headers.authorization).toBe('Bearer access-1');
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    message: {
      token: 'device-token',
      notification: { title: '通知', body: '正文' },
      data: { kind: 'news', message_id: 'message-1' },
    },
  });
});

it('takes a new token after one was refused', async () => {
  const { provider, tokens } = await fcm((times) => (times === 1 ? error(401) : sent));
  expect(await attempt(provider, content)).toMatchObject({ outcome: 'retry', cause: 'unavailable' });
  expect(await attempt(provider, content)).toHaveProperty('sent');
  expect(tokens()).toBe(2);
});

it('tries again later when it gets no token', async () => {
  const { provider } = await fcm(
    () => sent,
    () => ({ status: 400 }),
  );
  expect(await attempt(provider, content)).toEqual({ outcome: 'retry', cause: 'unavailable', code: '400' });
});

it.each([
  [
    error(404, [{ errorCode: 'UNREGISTERED' }]),
    { outcome: 'permanent', cause: 'invalid_recipient', code: 'UNREGISTERED' },
  ],
  [
    error(400, [{ errorCode: 'INVALID_ARGUMENT' }, { fieldViolations: [{ field: 'message.token' }] }]),
    { outcome: 'permanent', cause: 'invalid_recipient', code: 'INVALID_ARGUMENT' },
  ],
  [
    error(400, [{ errorCode: 'INVALID_ARGUMENT' }]),
    { outcome: 'permanent', cause: 'rejected', code: 'INVALID_ARGUMENT' },
  ],
  [
    error(429, [{ errorCode: 'QUOTA_EXCEEDED' }], { 'Retry-After': '7' }),
    { outcome: 'retry', cause: 'rate_limited', code: 'QUOTA_EXCEEDED', retryAfterMs: 7000, pause: true },
  ],
  [
    error(429, [{ errorCode: 'QUOTA_EXCEEDED' }]),
    { outcome: 'retry', cause: 'rate_limited', code: 'QUOTA_EXCEEDED', retryAfterMs: 60_000, pause: true },
  ],
  [
    error(503, [{ errorCode: 'UNAVAILABLE' }]),
    { outcome: 'retry', cause: 'unavailable', code: 'UNAVAILABLE' },
  ],
  [
    error(500, [{ errorCode: 'INTERNAL' }]),
    { outcome: 'unknown', cause: 'provider_error', code: 'INTERNAL' },
  ],
])('classifies %j', async (reply, expected) => {
  const { provider } = await fcm(() => reply);
  expect(await attempt(provider, content)).toEqual(expected);
});

it('is cut when it hangs', async () => {
  const { provider } = await fcm(() => undefined);
  expect(await attempt(provider, content, 300)).toEqual({ outcome: 'unknown', cause: 'unavailable' });
});
