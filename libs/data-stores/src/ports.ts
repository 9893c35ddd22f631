import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
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

/**
 * A TCP port that nobody listens on now and that nobody else is given while this process lives: of two installations
 * that start at the same time, or of two tests, each has its own.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest + 1);
    const release = await reserve(port);
    if (!release) continue;
    if (await isFree(port)) return port;
    release();
  }
}

/**
 * Holds the datagram port of the same number: it stands in no server's way, whoever else chooses sees it, and it ends with
 * this process, however that ends. Answers how to let go of it; undefined when somebody has it.
 */
function reserve(port: number): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      resolve(() => socket.close());
    });
  });
}
