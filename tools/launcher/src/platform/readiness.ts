import { get } from 'node:http';
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

/** Not with `fetch`, which would cost the launcher 10 MB for as long as it runs. */
function readinessOf(operationsUrl: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(`${operationsUrl}/readyz`, { agent: false, timeout: 2000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve(response.statusCode === 200 ? undefined : Buffer.concat(chunks).toString('utf8'));
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => resolve(error.message));
  });
}
