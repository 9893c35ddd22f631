import { randomBytes } from 'node:crypto';
import { createProducers, createSealer } from '@portico/queue';
import type { TestStores } from '@portico/testing';
import { vi } from 'vitest';

/** Makes the push queue hand out nothing until it is released, as a notifier that is away. */
export async function holdQueue({ redisUrl, redisPrefix }: TestStores) {
  const sealer = createSealer([{ id: 'test', key: randomBytes(32) }]);
  const producers = createProducers({ redisUrl, redisPrefix, name: 'test', sealer });
  const queue = producers.queue('push');
  // The connection is on its way.
  await vi.waitFor(() => queue.pause(), { timeout: 120_000, interval: 50 });
  return {
    async release(): Promise<void> {
      await queue.resume();
      await producers.close();
    },
  };
}
