import { createHmac } from 'node:crypto';
import { sameSecret } from '@portico/auth';
import { AppError } from '@portico/envelope';
import {
  alreadySent,
  assertShallow,
  defineRoute,
  isEncodedUtf8,
  momentField,
  publicAccess,
  utf8Of,
  validate,
  type RequestContext,
  type Route,
} from '@portico/service';
import { z } from 'zod';
import { success } from '../answers.ts';
import { phoneText } from '../fields.ts';
import type { Receive } from './receive.ts';

export interface WebhookRoutesOptions {
  receive: Receive;
  /** Any of them may have signed: several while one is being replaced. */
  secret: readonly string[] | undefined;
  twilioToken: readonly string[] | undefined;
  /** Address of the gateway, where it is configured. */
  publicUrl: string | undefined;
}

const tag = '短信接收';
const maxAgeSeconds = 300;
const bodyLimit = 256 * 1024;

const inbound = z.object({
  id: z.string().min(1).max(200).optional(),
  to: phoneText('to 必须是号码'),
  from: z.string().trim().min(1).max(64),
  text: z.string().max(40_000),
  received_at: momentField('received_at 必须是带时区的 ISO 8601 时间').optional(),
});

/** Twilio also brings what was sent to addresses of other networks, such as `whatsapp:+8613812345678`: no number has it. */
const fromTwilio = inbound.extend({ to: z.string().trim().min(1).max(200) });

/** What a sender must sign: `HMAC-SHA256(secret, "<timestamp>.<body>")`, in hexadecimal. */
export const signatureOf = (secret: string, timestamp: string, body: Buffer | string): string =>
  createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');

/** What Twilio signs: the address and all parameters in order (twilio.com/docs, Validating Signatures). */
export function twilioSignatureOf(token: string, url: string, parameters: URLSearchParams): string {
  const sorted = [...parameters].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const text = url + sorted.map(([name, value]) => name + value).join('');
  return createHmac('sha1', token).update(text, 'utf8').digest('base64');
}

/** Messages that providers bring by HTTP (contract: inbound connectors). */
export function webhookRoutes({ receive, secret, twilioToken, publicUrl }: WebhookRoutesOptions): Route[] {
  const refused = (message: string) => new AppError('unauthenticated', { message });
  return [
    defineRoute({
      method: 'POST',
      path: '/inbound/webhook',
      summary: '接收短信: X-Timestamp 和 X-Signature 签名',
      tag,
      access: publicAccess,
      bodyType: 'raw',
      bodyLimit,
      body: z.instanceof(Buffer).meta({ type: 'string' }),
      output: success({ duplicate: z.boolean() }),
      errors: ['unauthenticated', 'invalid_params', 'unavailable'],
      async handle({ body, context }) {
        if (secret === undefined) throw refused('未配置 SMS_INBOUND_SECRET');
        const timestamp = headerOf(context, 'x-timestamp');
        const signature = headerOf(context, 'x-signature');
        if (!signedBy(secret, signature, (key) => signatureOf(key, timestamp, body)))
          throw refused('签名错误');
        // Checked after the signature, so that only who has the secret learns our time.
        const age = Math.abs(Date.now() / 1000 - Number(timestamp));
        if (!/^\d{1,12}$/.test(timestamp) || age > maxAgeSeconds) throw refused('时间戳过期');
        const message = validate(inbound, wellFormed(parsed(body)), 'zh');
        const { id, received_at: at, ...members } = message;
        // Without an id of the sender's the signature is one: the same body again is the same message.
        const providerId = id ?? `signature:${signature}`;
        // When it came to the sender: brought late, it is still not for the next holder. Nothing comes from the future.
        const receivedAt = new Date(Math.min(Date.now(), at?.getTime() ?? Infinity));
        const isNew = await receive({ ...members, provider: 'webhook', providerId, receivedAt });
        return { message: 'ok', duplicate: !isNew };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/inbound/twilio',
      summary: '接收 Twilio 短信',
      tag,
      access: publicAccess,
      bodyType: 'raw',
      bodyLimit,
      body: z.instanceof(Buffer).meta({ type: 'string' }),
      output: z.string(),
      errors: ['unauthenticated', 'invalid_params', 'unavailable'],
      async handle({ body, context }) {
        if (twilioToken === undefined) throw refused('未配置 TWILIO_AUTH_TOKEN');
        const form = utf8Of(body);
        if (!isEncodedUtf8(form)) throw new AppError('bad_request', { message: 'body: must be UTF-8' });
        const parameters = new URLSearchParams(form);
        const url = `${publicUrl ?? gatewayUrl(context)}/sms-phone${context.request.url ?? '/inbound/twilio'}`;
        const signature = headerOf(context, 'x-twilio-signature');
        if (!signedBy(twilioToken, signature, (key) => twilioSignatureOf(key, url, parameters)))
          throw refused('签名错误');
        const get = (name: string) => parameters.get(name) ?? undefined;
        const given = { id: get('MessageSid'), to: get('To'), from: get('From'), text: get('Body') };
        const { id: providerId, ...members } = validate(fromTwilio, given, 'zh');
        await receive({ ...members, provider: 'twilio', providerId, receivedAt: new Date() });
        context.header('Content-Type', 'text/xml; charset=utf-8');
        context.response.end('<Response/>');
        return alreadySent;
      },
    }),
  ];
}

/** Whether a signature is that of any of the keys. All are tried, so that the time does not tell which. */
function signedBy(keys: readonly string[], signature: string, sign: (key: string) => string): boolean {
  return keys.map((key) => sameSecret(signature, sign(key))).includes(true);
}

function headerOf({ request }: RequestContext, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function parsed(body: Buffer): unknown {
  const text = utf8Of(body);
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('malformed_json');
  }
}

function wellFormed(body: unknown): unknown {
  assertShallow(body);
  return body;
}

/** The gateway's own address: it names itself in these headers, and drops those of clients. */
function gatewayUrl({ request }: RequestContext): string {
  const { 'x-forwarded-proto': proto, 'x-forwarded-host': host } = request.headers;
  return `${String(proto ?? 'http')}://${String(host ?? request.headers.host ?? '')}`;
}
