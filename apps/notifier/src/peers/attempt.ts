import { ProviderError, type Addressed, type Provider } from '../providers/provider.ts';

/** What an attempt came to, in the few words that tests compare. */
export async function attempt<Content extends Addressed>(
  provider: Provider<Content>,
  content: Content,
  timeoutMs = 3000,
): Promise<object> {
  try {
    return { sent: (await provider.send(content, AbortSignal.timeout(timeoutMs))).messageId };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { cause, code, retryAfterMs, pause } = error.details;
    return {
      outcome: error.outcome,
      cause,
      ...(code !== undefined && { code }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(pause && { pause }),
    };
  }
}
