import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { exchange, statusError, type ExchangeAnswer } from '../http-exchange.ts';
import { ProviderError, type Provider, type PushContent } from '../provider.ts';
import { cachedToken } from './cached-token.ts';

/** The parts of Google's service-account file that are needed. */
export const serviceAccount = z.object({
  project_id: z.string(),
  client_email: z.string(),
  private_key: z.string(),
  token_uri: z.url().default('https://oauth2.googleapis.com/token'),
});

export interface FcmOptions {
  url: string;
  account: z.output<typeof serviceAccount>;
}

interface FcmFailure {
  error?: {
    status?: string;
    message?: string;
    details?: { errorCode?: string; fieldViolations?: { field?: string }[] }[];
  };
}

const scope = 'https://www.googleapis.com/auth/firebase.messaging';

/** Push by FCM's HTTP v1 API, with the access token of a service account (RFC 7523). */
export function fcmProvider({ url, account }: FcmOptions): Provider<PushContent> {
  const endpoint = `${url}/v1/projects/${encodeURIComponent(account.project_id)}/messages:send`;
  const token = cachedToken((signal) => accessToken(account, signal));
  return {
    name: 'fcm',
    // Devices show one notification per tag.
    idempotent: true,
    concurrency: 200,
    async send({ id, to, title, body, payload }, signal) {
      const answer = await exchange(endpoint, {
        method: 'POST',
        headers: { Authorization: `Bearer ${await token.get(signal)}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({
          message: {
            token: to,
            notification: { title, body },
            data: { ...payload, message_id: id },
            android: { notification: { tag: id } },
          },
        }),
        signal,
      });
      if (answer.status === 200) return { messageId: (answer.body as { name?: string } | undefined)?.name };
      if (answer.status === 401) token.forget();
      throw refusal(answer);
    },
  };
}

async function accessToken(account: FcmOptions['account'], signal: AbortSignal) {
  const assertion = jwt.sign({ scope }, account.private_key, {
    algorithm: 'RS256',
    issuer: account.client_email,
    audience: account.token_uri,
    expiresIn: 3600,
  });
  const answer = await exchange(account.token_uri, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
    }).toString(),
    signal,
  });
  const body = answer.body as { access_token?: string; expires_in?: number; error?: string } | undefined;
  if (answer.status !== 200 || !body?.access_token) {
    const reason = `no access token: ${body?.error ?? answer.status}`;
    throw new ProviderError('retry', reason, { cause: 'unavailable', code: String(answer.status) });
  }
  return { value: body.access_token, lifeMs: (body.expires_in ?? 3600) * 1000 };
}

/** https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode */
function refusal(answer: ExchangeAnswer): ProviderError {
  const error = (answer.body as FcmFailure | undefined)?.error;
  const details = error?.details ?? [];
  const code = details.find(({ errorCode }) => errorCode !== undefined)?.errorCode ?? error?.status;
  const reason = error?.message ?? `FCM answered ${answer.status}`;
  const wrongToken =
    code === 'UNREGISTERED' ||
    code === 'SENDER_ID_MISMATCH' ||
    details.some(({ fieldViolations }) => fieldViolations?.some(({ field }) => field === 'message.token'));
  if (wrongToken) return new ProviderError('permanent', reason, { cause: 'invalid_recipient', code });
  const failure = statusError(answer, reason, code);
  // Its quota asks for a minute where it does not say how long (ErrorCode: QUOTA_EXCEEDED).
  if (answer.status !== 429 || failure.details.retryAfterMs !== undefined) return failure;
  return new ProviderError('retry', reason, { ...failure.details, retryAfterMs: 60_000 });
}
