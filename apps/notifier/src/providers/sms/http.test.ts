import { createHmac } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { attempt } from '../../peers/attempt.ts';
import { httpPeer, type HttpPeer, type HttpReply } from '../../peers/http-peer.ts';
import { httpSmsProvider } from './http.ts';

let peer: HttpPeer | undefined;
afterEach(() => peer?.close());

const sms = {
  id: 'message-1',
  to: '+8613800000000',
  text: '验证码 493817',
  template: 'verification-code',
  data: {},
};

async function against(reply: HttpReply | undefined, timeoutMs?: number) {
  peer = await httpPeer(() => reply);
  return attempt(httpSmsProvider({ url: `${peer.url}/sms`, secret: 'shared' }), sms, timeoutMs);
}

it('posts the message, signed and with its idempotency key', async () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  const before = seconds();
  expect(await against({ status: 202, body: { id: 'g-1' } })).toEqual({ sent: 'g-1' });
  const [request] = peer?.requests ?? [];
  expect(JSON.parse(request?.body ?? '')).toEqual({
    id: 'message-1',
    to: sms.to,
    text: sms.text,
    template: 'verification-code',
  });
  const timestamp = String(request?.headers['x-timestamp']);
  expect(Number(timestamp)).toBeGreaterThanOrEqual(before);
  expect(Number(timestamp)).toBeLessThanOrEqual(seconds());
  const signature = createHmac('sha256', 'shared').update(`${timestamp}.${request?.body}`).digest('hex');
  expect(request?.headers).toMatchObject({ 'x-signature': signature, 'idempotency-key': 'message-1' });
});

it.each([
  [
    { status: 402, body: { code: 'NO_CREDIT' } },
    { outcome: 'permanent', cause: 'out_of_credit', code: 'NO_CREDIT' },
  ],
  [{ status: 410 }, { outcome: 'permanent', cause: 'invalid_recipient', code: '410' }],
  [{ status: 422 }, { outcome: 'permanent', cause: 'rejected', code: '422' }],
  [{ status: 401 }, { outcome: 'retry', cause: 'unavailable', code: '401' }],
  [{ status: 429 }, { outcome: 'retry', cause: 'rate_limited', code: '429', pause: true }],
  [
    { status: 503, headers: { 'Retry-After': '2' } },
    { outcome: 'retry', cause: 'unavailable', code: '503', retryAfterMs: 2000 },
  ],
  [{ status: 502 }, { outcome: 'unknown', cause: 'provider_error', code: '502' }],
  [
    { status: 302, headers: { Location: 'http://127.0.0.1:1/' } },
    { outcome: 'unknown', cause: 'unavailable' },
  ],
])('classifies %j', async (reply, expected) => {
  expect(await against(reply)).toEqual(expected);
});

it('does not know what a silent gateway did', async () => {
  expect(await against(undefined, 200)).toEqual({ outcome: 'unknown', cause: 'unavailable' });
});
