import { connect } from 'node:net';

/** Whether anybody accepts connections at an address. */
export function listens(url: string, timeoutMs: number): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  const socket = connect({
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
    timeout: timeoutMs,
  });
  return new Promise((resolve) => {
    for (const event of ['connect', 'timeout', 'error'] as const)
      socket.once(event, () => {
        resolve(event === 'connect');
        socket.destroy();
      });
    // A gateway that ends does not wait for it.
    socket.unref();
  });
}
