import { AppError } from '@portico/envelope';
import { z } from 'zod';

/** The secrets that Cloudflare publishes for tests (developers.cloudflare.com/turnstile, Testing). */
export const testSecrets = {
  passes: '1x0000000000000000000000000000000AA',
  fails: '2x0000000000000000000000000000000AA',
  spent: '3x0000000000000000000000000000000AA',
} as const;

export const isTestSecret = (secret: string): boolean =>
  (Object.values(testSecrets) as string[]).includes(secret);

export interface TurnstileOptions {
  secret: string;
  url: string;
  timeoutMs: number;
  onError: (error: unknown) => void;
}

const verdict = z.object({ success: z.boolean() });

/**
 * Asks Cloudflare whether a visitor has passed its check. Test secrets are answered here, without the network.
 *
 * @returns whether the token is good
 * @throws AppError `unavailable` when there is no answer: the form fails closed
 */
export function createTurnstile({ secret, url, timeoutMs, onError }: TurnstileOptions) {
  return async function verify(token: string, clientIp: string): Promise<boolean> {
    if (isTestSecret(secret)) return secret === testSecrets.passes;
    try {
      const response = await fetch(url, {
        method: 'POST',
        body: new URLSearchParams({ secret, response: token, remoteip: clientIp }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      // Cloudflare answers refusals with 400 and a body as well.
      return verdict.parse(await response.json()).success;
    } catch (error) {
      onError(error);
      throw new AppError('unavailable', {
        message: 'Turnstile验证暂时不可用，请稍后再试',
        retryAfter: 5,
        cause: error,
      });
    }
  };
}

export type VerifyTurnstile = ReturnType<typeof createTurnstile>;
