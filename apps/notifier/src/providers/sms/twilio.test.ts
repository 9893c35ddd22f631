import { afterEach, expect, it } from 'vitest';
import { freePort } from '@portico/data-stores';
import { attempt } from '../../peers/attempt.ts';
import { httpPeer, type HttpPeer, type HttpReply } from '../../peers/http-peer.ts';
import { twilioProvider } from './twilio.ts';

let peer: HttpPeer | undefined;
afterEach(() => peer?.close());

const sms = { id: 'message-1', to: '+15550001111', text: 'Your code is 493817.', template: 'x', data: {} };
const providerAt = (url: string, from = '+15559990000') =>
  twilioProvider({ url, accountSid: 'AC1', authToken: 'token', from });

async function against(reply: HttpReply | undefined, timeoutMs?: number) {
  peer = await httpPeer(() => reply);
  return attempt(providerAt(peer.url), sms, timeoutMs);
}

it('posts a form to the account, with its credentials', async () => {
  expect(await against({ status: 201, body: { sid: 'SM1' } })).toEqual({ sent: 'SM1' });
  const [request] = peer?.requests ?? [];
  expect(request).toMatchObject({ method: 'POST', path: '/2010-04-01/Accounts/AC1/Messages.json' });
  expect(request?.headers.authorization).toBe(`Basic ${Buffer.from('AC1:token').toString('base64')}`);
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
    To: sms.to,
    From: '+15559990000',
    Body: sms.text,
  });
});

it('sends through a messaging service where it has one', async () => {
  peer = await httpPeer(() => ({ status: 201, body: { sid: 'SM1' } }));
  await attempt(providerAt(peer.url, 'MG1'), sms);
  expect(new URLSearchParams(peer.requests[0]?.body).get('MessagingServiceSid')).toBe('MG1');
});

it.each([
  [
    { status: 400, body: { code: 21211, message: 'm' } },
    { outcome: 'permanent', cause: 'invalid_recipient', code: '21211' },
  ],
  [
    { status: 400, body: { code: 21610, message: 'm' } },
    { outcome: 'permanent', cause: 'invalid_recipient', code: '21610' },
  ],
  [
    { status: 401, body: { code: 20003, message: 'm' } },
    { outcome: 'retry', cause: 'unavailable', code: '20003' },
  ],
  [
    { status: 403, body: { code: 20005, message: 'm' } },
    { outcome: 'permanent', cause: 'out_of_credit', code: '20005' },
  ],
  [
    { status: 429, body: { code: 20429, message: 'm' }, headers: { 'Retry-After': '3' } },
    { outcome: 'retry', cause: 'rate_limited', code: '20429', retryAfterMs: 3000, pause: true },
  ],
  [{ status: 503 }, { outcome: 'retry', cause: 'unavailable', code: '503' }],
  [{ status: 500 }, { outcome: 'unknown', cause: 'provider_error', code: '500' }],
  [
    { status: 400, body: { code: 21617, message: 'm' } },
    { outcome: 'permanent', cause: 'rejected', code: '21617' },
  ],
])('classifies %j', async (reply, expected) => {
  expect(await against(reply)).toEqual(expected);
});

it('does not know what a silent server did; has sent nothing when nobody listens', async () => {
  expect(await against(undefined, 200)).toEqual({ outcome: 'unknown', cause: 'unavailable' });
  const nobody = providerAt(`http://127.0.0.1:${await freePort()}`);
  expect(await attempt(nobody, sms)).toEqual({
    outcome: 'retry',
    cause: 'unavailable',
    code: 'ECONNREFUSED',
  });
});
