import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { endProcess, findProgram, lineFrom, spawnDetached, type StoreProcess } from './processes.ts';

export interface MongoProcessOptions {
  dataDir: string;
  port: number;
  searchPath: string;
}

/** Starts a `mongod` found on the search path, else the embedded server, on loopback, and waits until it answers. */
export function startMongo(options: MongoProcessOptions): Promise<StoreProcess> {
  mkdirSync(options.dataDir, { recursive: true });
  const mongod = findProgram(['mongod'], options.searchPath);
  return mongod ? startMongod(mongod, options) : startEmbedded(options);
}

async function startEmbedded({ dataDir, port }: MongoProcessOptions): Promise<StoreProcess> {
  const program = fileURLToPath(new URL('./main.ts', import.meta.resolve('@portico/embedded-mongo')));
  const args = [program, '--data-dir', dataDir, '--host', '127.0.0.1', '--port', String(port)];
  const child = spawnDetached(process.execPath, args);
  const line = await lineFrom(child, (text) => text.startsWith('{"uri"'), 'embedded MongoDB');
  const { uri } = JSON.parse(line) as { uri: string };
  return { child, url: uri, stop: () => endProcess(child) };
}

/** A replica set of one, because retryable writes need a replica set. */
async function startMongod(program: string, { dataDir, port }: MongoProcessOptions): Promise<StoreProcess> {
  const set = 'portico';
  const args = ['--dbpath', dataDir, '--bind_ip', '127.0.0.1', '--port', String(port), '--replSet', set];
  const child = spawnDetached(program, args);
  await lineFrom(child, (line) => line.includes('Waiting for connections'), 'mongod');
  const member = `127.0.0.1:${port}`;
  const client = await MongoClient.connect(`mongodb://${member}/?directConnection=true`);
  try {
    await client.db('admin').command({ replSetInitiate: { _id: set, members: [{ _id: 0, host: member }] } });
  } catch (error) {
    const alreadyInitialized = 23;
    if ((error as { code?: number }).code !== alreadyInitialized) throw error;
  } finally {
    await client.close();
  }
  return { child, url: `mongodb://${member}/?replicaSet=${set}`, stop: () => endProcess(child) };
}
