import { setTimeout as delay } from 'node:timers/promises';

export interface BackgroundWork {
  run: () => Promise<unknown>;
  /** Milliseconds from one run to the next, give or take a quarter: instances that started together drift apart. */
  everyMs: number;
  /** After a wake: how long what else comes is awaited, to be done in the same run. */
  gatherMs?: number;
  onError: (error: unknown) => void;
}

export interface Background {
  /** There is something to do: it is done soon, and much of it at a time. */
  wake(): void;
  start(): void;
  /** Waits for the run under way, and does what it was woken for, which then need not wait for another instance. */
  close(): Promise<void>;
}

/**
 * Work beside requests that every instance does at its own pace: it is made of conditional writes, so that no instance
 * need know of the others, and nothing waits for Redis (docs/decisions/0003-sweeper-without-a-queue.md).
 */
export function createBackground({ run, everyMs, gatherMs = 0, onError }: BackgroundWork): Background {
  const closing = new AbortController();
  const { signal } = closing;
  let isDue = false;
  let wakeUp: () => void = () => undefined;
  let running: Promise<void> | undefined;

  const pause = (ms: number, until: AbortSignal) =>
    delay(ms, undefined, { signal: until }).catch(() => undefined);

  async function untilDue(): Promise<void> {
    if (isDue) return;
    const woken = new AbortController();
    wakeUp = () => woken.abort();
    await pause(everyMs * (0.75 + Math.random() / 2), AbortSignal.any([signal, woken.signal]));
  }

  async function runForEver(): Promise<void> {
    while (!signal.aborted) {
      isDue = false;
      await run().catch(onError);
      await untilDue();
      if (isDue) await pause(gatherMs, signal);
    }
    if (isDue) await run().catch(onError);
  }

  return {
    wake() {
      // Once is enough: to abort again would cost as much as the first time.
      if (isDue) return;
      isDue = true;
      wakeUp();
    },
    start: () => void (running ??= runForEver()),
    async close() {
      closing.abort();
      await running;
    },
  };
}
