import { createHash, createHmac } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { attempt } from '../../peers/attempt.ts';
import { httpPeer, type HttpPeer, type HttpReply, type HttpRequest } from '../../peers/http-peer.ts';
import { aliyunProvider } from './aliyun.ts';

let peer: HttpPeer | undefined;
afterEach(() => peer?.close());

const data = { code: '493817', minutes: 10, purpose: "log in (it's *you*)" };
const sms = { id: 'message-1', to: '+8613800000000', text: '', template: 'verification-code', data };

async function against(reply: HttpReply, content = sms) {
  peer = await httpPeer((request) =>
    signatureHolds(request) ? reply : { status: 400, body: { Code: 'SignatureDoesNotMatch' } },
  );
  const provider = aliyunProvider({
    url: peer.url,
    accessKeyId: 'key-id',
    accessKeySecret: 'key-secret',
    signName: '示例签名',
    templates: new Map([['verification-code', 'SMS_1']]),
  });
  return attempt(provider, content);
}

/** The other end's computation of ACS3-HMAC-SHA256, from what came over the wire. */
function signatureHolds({ method, path, headers, body }: HttpRequest): boolean {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const given = /SignedHeaders=([^,]+),Signature=(\w+)$/.exec(headers.authorization ?? '');
  const names = given?.[1]?.split(';') ?? [];
  const query = path.slice(path.indexOf('?') + 1);
  const sorted = query.split('&').sort().join('&');
  const lines = names.map((name) => `${name}:${String(headers[name])}\n`).join('');
  const request = [method, '/', sorted, lines, names.join(';'), sha256(body)].join('\n');
  const expected = createHmac('sha256', 'key-secret')
    .update(`ACS3-HMAC-SHA256\n${sha256(request)}`)
    .digest('hex');
  return names.includes('x-acs-action') && given?.[2] === expected;
}

it('sends a registered template, signed', async () => {
  expect(await against({ body: { Code: 'OK', BizId: '9006^0' } })).toEqual({ sent: '9006^0' });
  const path = peer?.requests[0]?.path ?? '';
  expect(Object.fromEntries(new URLSearchParams(path.slice(2)))).toEqual({
    OutId: 'message-1',
    PhoneNumbers: '13800000000',
    SignName: '示例签名',
    TemplateCode: 'SMS_1',
    TemplateParam: JSON.stringify(data),
  });
  expect(peer?.requests[0]?.headers['x-acs-action']).toBe('SendSms');
});

it('writes numbers of other countries with their code', async () => {
  await against({ body: { Code: 'OK' } }, { ...sms, to: '+85298765432' });
  expect(new URLSearchParams(peer?.requests[0]?.path.slice(2)).get('PhoneNumbers')).toBe('0085298765432');
});

it.each([
  ['isv.AMOUNT_NOT_ENOUGH', { outcome: 'permanent', cause: 'out_of_credit' }],
  ['isv.OUT_OF_SERVICE', { outcome: 'permanent', cause: 'out_of_credit' }],
  ['isv.MOBILE_NUMBER_ILLEGAL', { outcome: 'permanent', cause: 'invalid_recipient' }],
  ['isv.BUSINESS_LIMIT_CONTROL', { outcome: 'permanent', cause: 'rate_limited' }],
  ['isv.SMS_TEMPLATE_ILLEGAL', { outcome: 'retry', cause: 'unavailable' }],
  ['isp.SYSTEM_ERROR', { outcome: 'unknown', cause: 'provider_error' }],
  ['Throttling.User', { outcome: 'retry', cause: 'rate_limited', retryAfterMs: 1000, pause: true }],
  ['isv.SOMETHING_NEW', { outcome: 'permanent', cause: 'rejected' }],
])('classifies %s', async (code, expected) => {
  expect(await against({ body: { Code: code, Message: 'm' } })).toEqual({ ...expected, code });
});

it('refuses what has no registered template', async () => {
  const answer = await against({ body: { Code: 'OK' } }, { ...sms, template: 'password-reset' });
  expect(answer).toEqual({ outcome: 'permanent', cause: 'unavailable' });
  expect(peer?.requests).toHaveLength(0);
});
