import { mkdirSync } from 'node:fs';
import { endProcess, findProgram, lineFrom, spawnDetached, type StoreProcess } from './processes.ts';

export const redisPrograms = ['redis-server', 'valkey-server'] as const;

export interface RedisProcessOptions {
  dataDir: string;
  port: number;
  searchPath: string;
}

/** Starts Redis or Valkey on loopback with an append-only file in `dataDir`, and waits until it answers. */
export async function startRedis({ dataDir, port, searchPath }: RedisProcessOptions): Promise<StoreProcess> {
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
  );
  await lineFrom(child, (line) => line.includes('Ready to accept connections'), 'redis');
  return { child, url: `redis://127.0.0.1:${port}`, stop: () => endProcess(child) };
}
