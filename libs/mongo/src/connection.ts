import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '@portico/config';
import mongoose, { type Connection } from 'mongoose';
import type { Registry } from 'prom-client';
import { indexTime, timeLimits } from './time-limits.ts';
import { createTransactions, type WithTransaction } from './transactions.ts';

export interface MongoOptions {
  uri: string;
  database: string;
  /** Shown in the server's log and in its list of connections. */
  appName: string;
  /** For how long the store may be silent before an operation fails, in milliseconds. */
  storeTimeoutMs?: number;
  /** Operations beyond as many wait here and not in the store, where they would delay its heartbeats. */
  maxPoolSize?: number;
  /** Told of every failed attempt to connect or to build indexes. */
  onError?: (error: unknown) => void;
  /** Where transactions are counted. */
  registry?: Registry;
}

export interface Mongo {
  /** Where the models live. Register them before `open`. */
  readonly connection: Connection;
  /** The one way to change several documents at once. */
  readonly withTransaction: WithTransaction;
  /**
   * Starts connecting and keeps trying; resolves when connected and all indexes of the models exist.
   *
   * @throws ConfigError for a standalone server, which has no transactions
   */
  open(): Promise<void>;
  /** Why the store cannot serve now, or undefined. Answers within the time limits of an operation. */
  readiness(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Milliseconds between two attempts to reach a server that is unavailable. */
const retryMs = 500;

/**
 * A connection whose acknowledged writes are durable. Its operations fail within two seconds while the server refuses
 * connections, and within `storeTimeoutMs` while it is silent. It reconnects by itself, also when the server was
 * unavailable from the start.
 */
export function createMongo(options: MongoOptions): Mongo {
  const { uri, database, appName, storeTimeoutMs = 5000, maxPoolSize = 20, onError, registry } = options;
  const connection = mongoose.createConnection();
  let ready = false;
  let closed = false;

  const connectOnce = async () => {
    await connection.openUri(uri, {
      dbName: database,
      appName,
      maxPoolSize,
      // Warm, because a handshake is the first thing that a busy store is late with.
      minPoolSize: maxPoolSize / 2,
      retryWrites: true,
      w: 'majority',
      ...timeLimits(storeTimeoutMs),
      // Operations fail at once while there is no connection; mongoose would hold them for 10 s.
      bufferCommands: false,
      // Built below, before the service says that it is ready.
      autoIndex: false,
      autoCreate: false,
    });
    await refuseStandalone(connection, appName);
    for (const model of Object.values(connection.models)) {
      for (const [fields, indexOptions] of model.schema.indexes()) {
        await model.collection.createIndex(fields as never, { ...indexOptions, ...indexTime } as never);
      }
    }
    ready = true;
  };

  return {
    connection,
    withTransaction: createTransactions({ connection, limitMs: storeTimeoutMs, registry }),
    async open() {
      while (!ready && !closed) {
        try {
          await connectOnce();
        } catch (error) {
          if (error instanceof ConfigError) throw error;
          onError?.(error);
          await delay(retryMs);
        }
      }
    },
    async readiness() {
      if (!ready) return 'not connected';
      try {
        await connection.db?.admin().command({ ping: 1 });
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    async close() {
      closed = true;
      await connection.close();
    },
  };
}

/** Members of a replica set name it, routers of a sharded cluster say that they are routers. */
async function refuseStandalone(connection: Connection, app: string): Promise<void> {
  const hello = await connection.db?.admin().command({ hello: 1 });
  if (!hello || hello['setName'] !== undefined || hello['msg'] === 'isdbgrid') return;
  throw new ConfigError(app, [
    'MONGODB_URI: a standalone mongod has no transactions; start it with --replSet rs0, run rs.initiate() once in mongosh, and add replicaSet=rs0 to the URI',
  ]);
}

// No operator of a query ever comes from a client: schemas refuse objects first, this is the second lock.
mongoose.set('sanitizeFilter', true);
// A filter on a field that the schema does not know must fail, not match everything.
mongoose.set('strictQuery', 'throw');
