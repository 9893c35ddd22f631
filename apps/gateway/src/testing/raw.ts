import { connect } from 'node:net';

/** Sends bytes as they are and answers everything that came back until the connection ended. */
export async function raw(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  socket.once('close', () => resolve(received));
  // A server that closes with bytes unread resets the connection; what it answered before counts.
  socket.once('error', () => undefined);
  socket.setTimeout(120_000, () => {
    socket.destroy();
    reject(new Error(`no end after: ${received}`));
  });
  socket.write(bytes);
  return promise;
}

/** The status lines in what a connection brought. */
export function statuses(received: string): number[] {
  return [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1]));
}
