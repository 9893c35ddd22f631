import { setTimeout as wait } from 'node:timers/promises';
import type { Instance } from './instances.ts';

const pollMs = 50;
const patienceMs = 60_000;

/**
 * Waits until a process says that it is ready.
 *
 * @throws with what it says instead when a minute has passed
 */
export async function untilReady({ name, operationsUrl }: Instance, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const problem = await readinessOf(operationsUrl);
    if (problem === undefined) return;
    if (Date.now() > deadline) throw new Error(`${name} is not ready after a minute: ${problem}`);
    await wait(pollMs, undefined, { signal });
  }
}

async function readinessOf(operationsUrl: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${operationsUrl}/readyz`, { signal: AbortSignal.timeout(2000) });
    const text = await response.text();
    return response.ok ? undefined : text;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
