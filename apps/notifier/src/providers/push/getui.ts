import { createHash } from 'node:crypto';
import { exchange, statusError, type ExchangeAnswer } from '../http-exchange.ts';
import { ProviderError, type Provider, type PushContent } from '../provider.ts';
import { cachedToken } from './cached-token.ts';

export interface GetuiOptions {
  url: string;
  appId: string;
  appKey: string;
  masterSecret: string;
}

interface GetuiAnswer {
  code?: number;
  msg?: string;
  data?: Record<string, unknown>;
}

const tokenExpired = 10001;
const badParameters = 20001;

/** Push by Getui's REST API v2: https://docs.getui.com/getui/server/rest_v2/push/ */
export function getuiProvider(options: GetuiOptions): Provider<PushContent> {
  const base = `${options.url}/v2/${encodeURIComponent(options.appId)}`;
  const token = cachedToken((signal) => authenticate(base, options, signal));
  return {
    name: 'getui',
    // A `request_id` that it has seen is answered as before.
    idempotent: true,
    concurrency: 100,
    async send({ id, to, title, body, payload }, signal) {
      const answer = await exchange(`${base}/push/single/cid`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json;charset=utf-8', token: await token.get(signal) },
        body: JSON.stringify({
          request_id: createHash('sha256').update(id).digest('hex').slice(0, 32),
          audience: { cid: [to] },
          push_message: {
            notification: {
              title,
              body,
              click_type: 'payload',
              payload: JSON.stringify({ ...payload, message_id: id }),
            },
          },
        }),
        signal,
      });
      const said = (answer.body ?? {}) as GetuiAnswer;
      if (said.code === 0) return { messageId: Object.keys(said.data ?? {})[0] };
      if (said.code === tokenExpired) token.forget();
      throw refusal(answer, said);
    },
  };
}

async function authenticate(base: string, { appKey, masterSecret }: GetuiOptions, signal: AbortSignal) {
  const timestamp = String(Date.now());
  const sign = createHash('sha256').update(`${appKey}${timestamp}${masterSecret}`).digest('hex');
  const answer = await exchange(`${base}/auth`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json;charset=utf-8' },
    body: JSON.stringify({ sign, timestamp, appkey: appKey }),
    signal,
  });
  const said = answer.body as { code?: number; data?: { token?: string; expire_time?: string } } | undefined;
  if (said?.code !== 0 || !said.data?.token) {
    const code = String(said?.code ?? answer.status);
    throw new ProviderError('retry', 'Getui gave no token', { cause: 'unavailable', code });
  }
  return { value: said.data.token, lifeMs: Number(said.data.expire_time) - Date.now() };
}

/** https://docs.getui.com/getui/server/rest_v2/code/ */
function refusal(answer: ExchangeAnswer, { code, msg }: GetuiAnswer): ProviderError {
  const reason = msg ?? `Getui answered ${answer.status}`;
  if (code === undefined) return statusError(answer, reason);
  const details = { code: String(code) };
  if (code === tokenExpired) return new ProviderError('retry', reason, { ...details, cause: 'unavailable' });
  if (code === badParameters && /cid|target/i.test(reason)) {
    return new ProviderError('permanent', reason, { ...details, cause: 'invalid_recipient' });
  }
  if (answer.status === 429 || /frequen|too many|limit/i.test(reason)) {
    return new ProviderError('retry', reason, { ...details, cause: 'rate_limited', pause: true });
  }
  if (answer.status >= 500)
    return new ProviderError('unknown', reason, { ...details, cause: 'provider_error' });
  return new ProviderError('permanent', reason, { ...details, cause: 'rejected' });
}
