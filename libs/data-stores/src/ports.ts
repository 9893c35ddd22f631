import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ranges that systems hand out to outgoing connections (Linux 32768, others 49152): a client that keeps
 * trying a store that is being restarted could otherwise be given the store's own port.
 */
const lowest = 20_000;
const highest = 32_767;

/** Whether a server could listen on a port now; without a host, on any address. */
export function isFree(port: number, host = '0.0.0.0'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** A TCP port that nobody listens on now, another one at each call. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest + 1);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

const given = new Set<number>();
