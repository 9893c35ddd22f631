import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createPasswords } from '../src/index.ts';

export interface LoginDelay {
  /** Milliseconds by which the event loop was late, beyond the sampling interval. */
  p50: number;
  p99: number;
  max: number;
  /** Logins per second. */
  perSecond: number;
  threads: number;
  cost: number;
}

const resolution = 1;

/**
 * Row P8: how late the event loop of a process is while it verifies 20 passwords at a time.
 *
 * Verifications beyond the threads wait in the queue, so the load stays the same for all `rounds`.
 */
export async function measureLoginDelay({
  concurrent = 20,
  rounds = 2,
  cost = 12,
  threads = Math.max(1, availableParallelism() - 1),
} = {}): Promise<LoginDelay> {
  const passwords = createPasswords({
    peppers: [{ id: 'bench', secret: 'a pepper for the bench alone' }],
    cost,
    threads,
    maxQueue: concurrent,
    // Every computation is to run, however slow the machine is.
    longestWaitMs: 600_000,
  });
  try {
    const stored = await passwords.hash('correct horse');
    const delay = monitorEventLoopDelay({ resolution });
    delay.enable();
    const started = performance.now();
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(
        Array.from({ length: concurrent }, () => passwords.verifyOrDummy(stored, 'wrong horse')),
      );
    }
    const seconds = (performance.now() - started) / 1000;
    delay.disable();
    const late = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 1e4 - resolution * 100) / 100);
    return {
      p50: late(delay.percentile(50)),
      p99: late(delay.percentile(99)),
      max: late(delay.max),
      perSecond: Math.round(((concurrent * rounds) / seconds) * 10) / 10,
      threads,
      cost,
    };
  } finally {
    await passwords.close();
  }
}

if (import.meta.main) console.table([await measureLoginDelay(), await measureLoginDelay({ threads: 2 })]);
