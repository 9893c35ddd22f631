import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { SET_NAME } from '../commands/handshake.ts';

/** Where a server listens: on a port of an address, or on a Unix socket that only its owner may open. */
export type Listen = { host: string; port: number } | { socketPath: string };

/** Where a server has come to listen. */
export interface Listening {
  /** `host:port`, or the path of the socket: the member of the replica set that clients see. */
  address: string;
  uri: string;
  /** 0 for a socket. */
  port: number;
}

/** The longest path that a Unix socket can have on Linux; macOS has three bytes fewer. */
const MAX_SOCKET_PATH = 104;

export async function listen(server: Server, at: Listen): Promise<Listening> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if ('socketPath' in at) listenOnSocket(server, at.socketPath, resolve);
    else server.listen(at.port, at.host, resolve);
  });
  await listening;
  if ('socketPath' in at) {
    const { socketPath } = at;
    return {
      address: socketPath,
      port: 0,
      uri: `mongodb://${encodeURIComponent(socketPath)}/?directConnection=true`,
    };
  }
  const { port } = server.address() as AddressInfo;
  const address = `${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}`;
  return { address, port, uri: `mongodb://${address}/?replicaSet=${SET_NAME}` };
}

/** Opens a socket of mode 600; one that a killed server left behind is replaced. */
function listenOnSocket(server: Server, path: string, onListening: () => void): void {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH)
    throw new Error(
      `the socket path ${path} is longer than ${MAX_SOCKET_PATH} bytes; choose a shorter folder`,
    );
  if (!path.endsWith('.sock'))
    throw new Error(`the socket path ${path} does not end with .sock, which drivers need`);
  removeStaleSocket(path);
  // The socket is made at once, so that it never has another mode than this.
  const before = process.umask(0o177);
  try {
    server.listen(path, onListening);
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
}

function removeStaleSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw new Error(`${path} is in the way: it is no socket`);
  // The lock of the data directory says that its server is gone.
  unlinkSync(path);
}
