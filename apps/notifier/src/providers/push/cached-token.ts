import { ProviderError, toProviderError } from '../provider.ts';

export interface Token {
  value: string;
  lifeMs: number;
}

/** Fetches a token once for everybody who wants it, and again a minute before it ends. */
export function cachedToken(fetchToken: (signal: AbortSignal) => Promise<Token>) {
  let current: { value: string; until: number } | undefined;
  let fetching: Promise<string> | undefined;
  const renew = async (signal: AbortSignal) => {
    try {
      const { value, lifeMs } = await fetchToken(signal);
      current = { value, until: Date.now() + Math.max(lifeMs - 60_000, lifeMs / 2) };
      return value;
    } catch (error) {
      // Whatever became of the token, the message has not been sent.
      const { message, details } = toProviderError(error);
      throw new ProviderError('retry', message, details);
    } finally {
      fetching = undefined;
    }
  };
  return {
    async get(signal: AbortSignal): Promise<string> {
      if (current && current.until > Date.now()) return current.value;
      return (fetching ??= renew(signal));
    },
    /** After the provider refused it. */
    forget(): void {
      current = undefined;
    },
  };
}
