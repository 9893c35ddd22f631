import { ProviderError } from './provider.ts';

export interface Exchange {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal: AbortSignal;
}

export interface ExchangeAnswer {
  status: number;
  headers: Headers;
  /** The body, as JSON where it is, else as text. */
  body: unknown;
  text: string;
}

/** Errors of a connection that never came about: nothing was sent. */
const notSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * One request to a provider and its answer, whatever its status.
 *
 * @throws ProviderError `retry` when the provider was not reached, `unknown` when it fell silent after it was
 */
export async function exchange(url: string, { signal, ...request }: Exchange): Promise<ExchangeAnswer> {
  try {
    const response = await fetch(url, { ...request, signal, redirect: 'error' });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text), text };
  } catch (error) {
    if (signal.aborted) throw new ProviderError('unknown', 'no answer in time', { cause: 'unavailable' });
    const code = codeOf(error);
    throw new ProviderError(
      code !== undefined && notSent.has(code) ? 'retry' : 'unknown',
      `connection failed: ${code ?? 'unknown error'}`,
      { cause: 'unavailable', code },
    );
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  return cause === undefined ? undefined : codeOf(cause);
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), in milliseconds. */
export function retryAfterMs(headers: Headers | Record<string, unknown>): number | undefined {
  const value = headers instanceof Headers ? headers.get('retry-after') : headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/**
 * The class of an HTTP status, where the provider says nothing more exact. A 5xx other than 503 may come from a
 * proxy in front of a provider that did its work.
 */
export function statusError(answer: ExchangeAnswer, reason: string, code?: string): ProviderError {
  const { status } = answer;
  const details = { code: code ?? String(status), retryAfterMs: retryAfterMs(answer.headers) };
  if (status === 429)
    return new ProviderError('retry', reason, { ...details, cause: 'rate_limited', pause: true });
  if (status === 503) return new ProviderError('retry', reason, { ...details, cause: 'unavailable' });
  if (status >= 500) return new ProviderError('unknown', reason, { ...details, cause: 'provider_error' });
  if (status === 401 || status === 403) {
    // Wrong credentials are an operator's to mend, and then everything may go out.
    return new ProviderError('retry', reason, { ...details, cause: 'unavailable' });
  }
  if (status === 402) return new ProviderError('permanent', reason, { ...details, cause: 'out_of_credit' });
  return new ProviderError('permanent', reason, { ...details, cause: 'rejected' });
}
