import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { startBackground } from './background.ts';
import { dispatch } from './dispatch.ts';
import { createEngine } from './engine.ts';
import { openStore } from './storage/store.ts';
import { serveConnection } from './wire/connection.ts';
import { listen } from './wire/listen.ts';
import type { Listening } from './wire/listen.ts';

export { backupDataDir } from './storage/backup.ts';

/** What a logger has to offer; pino fits. */
export interface EmbeddedMongoLogger {
  error(fields: object, message: string): void;
}

export interface EmbeddedMongoOptions {
  /** Where the data is kept; created when missing. One process at a time. */
  dataDir: string;
  host?: string;
  /** 0 picks a free one. */
  port?: number;
  /** A Unix socket, of mode 600, instead of host and port; its name ends with `.sock`. */
  socketPath?: string;
  logger?: EmbeddedMongoLogger;
  /** How long a transaction may be open; 60 s unless said. */
  transactionLifetimeMs?: number;
}

export interface EmbeddedMongo {
  /** For the MongoDB driver, mongoose included; no options needed. */
  uri: string;
  /** 0 where it listens on a socket. */
  port: number;
  /** Ends the connections, finishes what is being written and releases the directory. */
  close(): Promise<void>;
}

/** Passes an error on unless one with the same message was passed on within the last second. */
function oncePerSecond(report: (error: Error) => void): (error: Error) => void {
  const reported = new Map<string, number>();
  return (error) => {
    const now = Date.now();
    if (now - (reported.get(error.message) ?? 0) < 1000) return;
    if (reported.size > 100) reported.clear();
    reported.set(error.message, now);
    report(error);
  };
}

/**
 * Starts a server that speaks the MongoDB protocol on a directory, for development, tests and small installations.
 *
 * @example
 * const mongo = await startEmbeddedMongo({ dataDir: '.data/mongo' });
 * await mongoose.connect(mongo.uri, { dbName: 'shop' });
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const { dataDir, host = '127.0.0.1', port = 0, socketPath, logger, transactionLifetimeMs } = options;
  const store = openStore(dataDir);
  const engine = createEngine(store, transactionLifetimeMs);
  const sockets = new Set<Socket>();
  const onError = oncePerSecond((error) => logger?.error({ err: error }, `Embedded store: ${error.message}`));
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(socket, (request) => dispatch(engine, request, onError), onError);
  });
  let listening: Listening;
  try {
    listening = await listen(server, socketPath === undefined ? { host, port } : { socketPath });
  } catch (error) {
    await store.close();
    throw error;
  }
  engine.address = listening.address;
  const stopBackground = startBackground(engine, onError);
  let closing: Promise<void> | undefined;
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await stopBackground();
    await engine.writes.run(() => undefined);
    engine.transactions.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    await store.close();
  };
  return {
    uri: listening.uri,
    port: listening.port,
    close: () => (closing ??= close()),
  };
}
