import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Commands that read or write documents; whatever else the driver says passes. */
const counted = new Set([
  'find',
  'getMore',
  'insert',
  'update',
  'delete',
  'findAndModify',
  'aggregate',
  'commitTransaction',
  'abortTransaction',
]);

const opMsg = 2013;
/** Header, flags, kind of the section, length of the document, type of its first member: then the name of the command. */
const nameAt = 16 + 4 + 1 + 4 + 1;

/**
 * Stands between a process and its database, and holds one command back for as long as one likes: to the others the process
 * is then gone, killed at that step, and when the command is let through it is a slow one that wakes up.
 */
export async function holdCommands(mongodbUri: string) {
  const target = new URL(mongodbUri);
  const sockets = new Set<Socket>();
  let left = Infinity;
  let onHeld: () => void = () => undefined;
  let letThrough: () => void = () => undefined;

  function pass(message: Buffer, upstream: Socket): void {
    const name = message.toString('latin1', nameAt, message.indexOf(0, nameAt));
    const counts = message.readInt32LE(12) === opMsg && counted.has(name);
    if (counts && left === 0) {
      letThrough = () => void upstream.write(message);
      onHeld();
    } else upstream.write(message);
    if (counts) left -= 1;
  }

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let rest = Buffer.alloc(0);
    client.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
        const length = rest.readInt32LE(0);
        pass(rest.subarray(0, length), upstream);
        rest = rest.subarray(length);
      }
    });
    upstream.pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const uri = new URL(mongodbUri);
  uri.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Else the driver goes where the members of the set say that they are.
  uri.searchParams.delete('replicaSet');
  uri.searchParams.set('directConnection', 'true');

  return {
    uri: uri.toString(),
    /** Holds the command back that comes after so many; resolves when it has come. */
    hold(after: number): Promise<'held'> {
      left = after;
      return new Promise((resolve) => (onHeld = () => resolve('held')));
    },
    /** Lets it through, and all others. */
    release(): void {
      left = Infinity;
      letThrough();
      letThrough = () => undefined;
    },
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
