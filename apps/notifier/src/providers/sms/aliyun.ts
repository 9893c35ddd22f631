import { createHash, createHmac, randomUUID } from 'node:crypto';
import type { Cause } from '@portico/queue';
import { exchange, statusError } from '../http-exchange.ts';
import { ProviderError, type Outcome, type Provider, type SmsContent } from '../provider.ts';

export interface AliyunOptions {
  url: string;
  accessKeyId: string;
  accessKeySecret: string;
  /** The registered signature (签名) that every message begins with. */
  signName: string;
  /** Aliyun sends registered templates only: ours by name to theirs by code. */
  templates: ReadonlyMap<string, string>;
}

interface AliyunAnswer {
  Code?: string;
  Message?: string;
  BizId?: string;
}

/** https://help.aliyun.com/zh/sms/developer-reference/api-error-codes */
const codes: Record<string, [Outcome, Cause]> = {
  'isv.AMOUNT_NOT_ENOUGH': ['permanent', 'out_of_credit'],
  'isv.OUT_OF_SERVICE': ['permanent', 'out_of_credit'],
  'isv.MOBILE_NUMBER_ILLEGAL': ['permanent', 'invalid_recipient'],
  'isv.MOBILE_COUNT_OVER_LIMIT': ['permanent', 'rejected'],
  // A limit of this one number; tomorrow is too late for a code.
  'isv.BUSINESS_LIMIT_CONTROL': ['permanent', 'rate_limited'],
  'isv.DAY_LIMIT_CONTROL': ['permanent', 'rate_limited'],
  'isv.BLACK_KEY_CONTROL_LIMIT': ['permanent', 'rejected'],
  'isv.ACCOUNT_NOT_EXISTS': ['retry', 'unavailable'],
  'isv.ACCOUNT_ABNORMAL': ['retry', 'unavailable'],
  'isv.PRODUCT_UN_SUBSCRIPT': ['retry', 'unavailable'],
  'isv.SMS_TEMPLATE_ILLEGAL': ['retry', 'unavailable'],
  'isv.SMS_SIGNATURE_ILLEGAL': ['retry', 'unavailable'],
  'isv.INVALID_PARAMETERS': ['permanent', 'unavailable'],
  'isv.TEMPLATE_MISSING_PARAMETERS': ['permanent', 'unavailable'],
  'isp.SYSTEM_ERROR': ['unknown', 'provider_error'],
  'isp.RAM_PERMISSION_DENY': ['retry', 'unavailable'],
  'InvalidAccessKeyId.NotFound': ['retry', 'unavailable'],
  SignatureDoesNotMatch: ['retry', 'unavailable'],
};

/** SMS by Aliyun's SendSms (Dysmsapi 2017-05-25), requests signed ACS3-HMAC-SHA256. */
export function aliyunProvider(options: AliyunOptions): Provider<SmsContent> {
  return {
    name: 'aliyun',
    idempotent: false,
    concurrency: 50,
    async send({ id, to, template, data }, signal) {
      const code = options.templates.get(template);
      if (code === undefined) {
        throw new ProviderError('permanent', `no Aliyun template for ${template}`, { cause: 'unavailable' });
      }
      const query = canonicalQuery({
        OutId: id,
        PhoneNumbers: numberOf(to),
        SignName: options.signName,
        TemplateCode: code,
        TemplateParam: JSON.stringify(data),
      });
      const answer = await exchange(`${options.url}/?${query}`, {
        method: 'POST',
        headers: signedHeaders(options, query, new Date()),
        signal,
      });
      const body = (answer.body ?? {}) as AliyunAnswer;
      if (body.Code === 'OK') return { messageId: body.BizId };
      throw refusal(body, () => statusError(answer, `Aliyun answered ${answer.status}`));
    },
  };
}

function refusal({ Code, Message }: AliyunAnswer, otherwise: () => ProviderError): ProviderError {
  if (Code === undefined) return otherwise();
  const reason = Message ?? Code;
  if (Code.startsWith('Throttling')) {
    const details = { cause: 'rate_limited', code: Code, retryAfterMs: 1000, pause: true } as const;
    return new ProviderError('retry', reason, details);
  }
  const [outcome, cause] = codes[Code] ?? ['permanent', 'rejected'];
  return new ProviderError(outcome, reason, { cause, code: Code });
}

/** Numbers of the mainland go without, others with `00` and their country's code. */
function numberOf(e164: string): string {
  return e164.startsWith('+86') ? e164.slice(3) : e164.replace(/^\+/, '00');
}

/** RFC 3986, sorted by name, as the signature wants it. */
function canonicalQuery(parameters: Record<string, string>): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return Object.keys(parameters)
    .sort()
    .map((name) => `${encode(name)}=${encode(parameters[name] ?? '')}`)
    .join('&');
}

/** https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature */
export function signedHeaders(
  { url, accessKeyId, accessKeySecret }: Pick<AliyunOptions, 'url' | 'accessKeyId' | 'accessKeySecret'>,
  query: string,
  now: Date,
): Record<string, string> {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const bodyHash = sha256('');
  const headers: Record<string, string> = {
    host: new URL(url).host,
    'x-acs-action': 'SendSms',
    'x-acs-content-sha256': bodyHash,
    'x-acs-date': now.toISOString().replace(/\.\d+Z$/, 'Z'),
    'x-acs-signature-nonce': randomUUID(),
    'x-acs-version': '2017-05-25',
  };
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const request = ['POST', '/', query, lines, names.join(';'), bodyHash].join('\n');
  const signature = createHmac('sha256', accessKeySecret)
    .update(`ACS3-HMAC-SHA256\n${sha256(request)}`)
    .digest('hex');
  const { host: _host, ...sent } = headers;
  return {
    ...sent,
    Authorization: `ACS3-HMAC-SHA256 Credential=${accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`,
  };
}
