import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  findProgram,
  lineFrom,
  spawnDetached,
  whenReady,
  type StoreLaunch,
  type StoreProcess,
} from './processes.ts';

export interface MongoProcessOptions {
  dataDir: string;
  port: number;
  searchPath: string;
  /** Other users of the machine are kept out: a socket in `dataDir` instead of a port. */
  isPrivate?: boolean;
}

/** Starts a `mongod` found on the search path, else the embedded server, on loopback. */
export function launchMongo(options: MongoProcessOptions): StoreLaunch {
  mkdirSync(options.dataDir, { recursive: true });
  const mongod = findProgram(['mongod'], options.searchPath);
  return mongod ? launchMongod(mongod, options) : launchEmbedded(options);
}

/** Starts it and waits until it answers. */
export async function startMongo(options: MongoProcessOptions): Promise<StoreProcess> {
  return whenReady(launchMongo(options));
}

/**
 * Copies the data of the embedded server into a new folder, also while it runs.
 *
 * @throws when the data is not the embedded server's: a MongoDB has tools of its own
 */
export async function backupMongo(dataDir: string, target: string): Promise<void> {
  if (!existsSync(join(dataDir, 'data.mdb')))
    throw new Error(`${dataDir} holds no embedded store; back a MongoDB up with mongodump`);
  // Loaded here: whoever only starts the server needs none of it in its own memory.
  const { backupDataDir } = await import('@portico/embedded-mongo');
  await backupDataDir(dataDir, target);
}

function launchEmbedded({ dataDir, port, isPrivate = false }: MongoProcessOptions): StoreLaunch {
  const program = createRequire(import.meta.url)
    .resolve('@portico/embedded-mongo')
    .replace(/index\.ts$/, 'main.ts');
  const at = isPrivate
    ? ['--socket', join(dataDir, 'mongodb.sock')]
    : ['--host', '127.0.0.1', '--port', String(port)];
  const args = [program, '--data-dir', dataDir, ...at];
  const child = spawnDetached(process.execPath, args, dataDir);
  const line = lineFrom(child, (text) => text.startsWith('{"uri"'), 'embedded MongoDB');
  return { child, ready: line.then((text) => (JSON.parse(text) as { uri: string }).uri) };
}

/** A replica set of one, because retryable writes need a replica set. */
function launchMongod(program: string, { dataDir, port }: MongoProcessOptions): StoreLaunch {
  const set = 'portico';
  const args = ['--dbpath', dataDir, '--bind_ip', '127.0.0.1', '--port', String(port), '--replSet', set];
  // The documents of a transaction whose client died are free again after this, not after a minute.
  args.push('--setParameter', 'transactionLifetimeLimitSeconds=10');
  const child = spawnDetached(program, args, dataDir);
  const waiting = lineFrom(child, (line) => line.includes('Waiting for connections'), 'mongod');
  const member = `127.0.0.1:${port}`;
  const ready = waiting.then(() => initiate(set, member));
  return { child, ready: ready.then(() => `mongodb://${member}/?replicaSet=${set}`) };
}

async function initiate(set: string, member: string): Promise<void> {
  // Loaded here: the driver takes 20 MB, and nobody who runs the embedded server needs it.
  const { MongoClient } = await import('mongodb');
  const client = await MongoClient.connect(`mongodb://${member}/?directConnection=true`);
  try {
    await client.db('admin').command({ replSetInitiate: { _id: set, members: [{ _id: 0, host: member }] } });
  } catch (error) {
    const alreadyInitialized = 23;
    if ((error as { code?: number }).code !== alreadyInitialized) throw error;
  } finally {
    await client.close();
  }
}
