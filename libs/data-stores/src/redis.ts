import { mkdirSync } from 'node:fs';
import {
  findProgram,
  lineFrom,
  spawnDetached,
  whenReady,
  type StoreLaunch,
  type StoreProcess,
} from './processes.ts';

export const redisPrograms = ['redis-server', 'valkey-server'] as const;

export interface RedisProcessOptions {
  dataDir: string;
  port: number;
  searchPath: string;
}

/** Starts Redis or Valkey on loopback with an append-only file in `dataDir`. */
export function launchRedis({ dataDir, port, searchPath }: RedisProcessOptions): StoreLaunch {
  const program = findProgram(redisPrograms, searchPath);
  if (!program)
    throw new Error('no redis-server or valkey-server found: install one of them, or set REDIS_URL');
  mkdirSync(dataDir, { recursive: true });
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: dataDir,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    // Queues must never be evicted: full memory is an error the producer sees.
    'maxmemory-policy': 'noeviction',
  };
  const child = spawnDetached(
    program,
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    dataDir,
  );
  const ready = lineFrom(child, (line) => line.includes('Ready to accept connections'), 'redis');
  return { child, ready: ready.then(() => `redis://127.0.0.1:${port}`) };
}

/** Starts it and waits until it answers. */
export async function startRedis(options: RedisProcessOptions): Promise<StoreProcess> {
  return whenReady(launchRedis(options));
}
