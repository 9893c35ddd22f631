import { setTimeout as delay } from 'node:timers/promises';
import type { Addressed, Provider } from './provider.ts';

/**
 * Sends nothing: outside production every message stands in the development outbox anyhow. `latencyMs` makes it as
 * slow as a real provider, for measurements.
 */
export function logProvider<Content extends Addressed>(latencyMs: number): Provider<Content> {
  return {
    name: 'log',
    idempotent: true,
    concurrency: 1000,
    async send({ id }, signal) {
      if (latencyMs > 0) await delay(latencyMs, undefined, { signal });
      return { messageId: `log-${id}` };
    },
  };
}
