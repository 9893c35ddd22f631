import { setTimeout as delay } from 'node:timers/promises';

/** Work that every instance does again and again, and that bears being done by several at once. */
export interface SweepJob {
  name: string;
  everyMs: number;
  run: () => Promise<void>;
}

/**
 * Runs jobs at their own pace until it is closed. Every job is made of conditional writes, so that no instance need know
 * of the others, and nothing waits for Redis (docs/decisions/0003-sweeper-without-a-queue.md).
 */
export function startSweeper(jobs: readonly SweepJob[], onError: (error: unknown, job: string) => void) {
  const closing = new AbortController();
  const { signal } = closing;
  const runs = jobs.map(async ({ name, everyMs, run }) => {
    while (!signal.aborted) {
      await run().catch((error: unknown) => onError(error, name));
      await delay(everyMs * (0.8 + Math.random() * 0.4), undefined, { signal }).catch(() => undefined);
    }
  });
  return {
    async close(): Promise<void> {
      closing.abort();
      await Promise.all(runs);
    },
  };
}

export type Sweeper = ReturnType<typeof startSweeper>;
