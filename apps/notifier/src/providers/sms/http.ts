import { createHmac } from 'node:crypto';
import { exchange, statusError } from '../http-exchange.ts';
import { ProviderError, type Provider, type SmsContent } from '../provider.ts';

export interface HttpSmsOptions {
  url: string;
  secret: string;
}

/**
 * SMS by any HTTP gateway that speaks this: a POST of `{id, to, text, template}`, signed like our own inbound
 * webhook (`X-Signature` = hex HMAC-SHA-256 of `<X-Timestamp>.<body>`), with `Idempotency-Key`. 2xx is sent and may
 * answer `{id}`; 402 out of credit, 404 and 410 no such recipient, 429 too many, others by their class.
 */
export function httpSmsProvider({ url, secret }: HttpSmsOptions): Provider<SmsContent> {
  return {
    name: 'http',
    idempotent: true,
    concurrency: 100,
    async send({ id, to, text, template }, signal) {
      const body = JSON.stringify({ id, to, text, template });
      const timestamp = String(Math.floor(Date.now() / 1000));
      const answer = await exchange(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'Idempotency-Key': id,
          'X-Timestamp': timestamp,
          'X-Signature': createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex'),
        },
        body,
        signal,
      });
      const said = (answer.body ?? {}) as { id?: unknown; code?: unknown; message?: unknown };
      if (answer.status >= 200 && answer.status < 300) {
        return { messageId: typeof said.id === 'string' ? said.id : undefined };
      }
      const reason =
        typeof said.message === 'string' ? said.message : `the gateway answered ${answer.status}`;
      const code = typeof said.code === 'string' ? said.code : String(answer.status);
      if (answer.status === 404 || answer.status === 410) {
        throw new ProviderError('permanent', reason, { cause: 'invalid_recipient', code });
      }
      throw statusError(answer, reason, code);
    },
  };
}
