import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves what is measured in a process of its own, and says where it listens and what it has cost when asked. */
export function serve(handler: RequestListener): void {
  const server = createServer({ keepAliveTimeout: 65_000 }, handler).listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ event: 'listening', url: `http://127.0.0.1:${port}` });
  });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ event: 'cpu', microseconds: user + system });
  });
  process.once('disconnect', () => process.exit(0));
}
