import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
  /** Other users of the machine are kept out by a password, which is kept in `dataDir`. */
  isPrivate?: boolean;
}

/** Starts Redis or Valkey on loopback with an append-only file in `dataDir`. */
export function launchRedis({
  dataDir,
  port,
  searchPath,
  isPrivate = false,
}: RedisProcessOptions): StoreLaunch {
  const program = findProgram(redisPrograms, searchPath);
  if (!program)
    throw new Error('no redis-server or valkey-server found: install one of them, or set REDIS_URL');
  mkdirSync(dataDir, { recursive: true });
  const password = isPrivate ? passwordIn(dataDir) : undefined;
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: dataDir,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    // Queues must never be evicted: full memory is an error the producer sees.
    'maxmemory-policy': 'noeviction',
    ...(password !== undefined && { requirepass: password }),
  };
  // A command line can be read by every user of the machine, this file by its owner alone.
  const file = join(dataDir, 'redis.conf');
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${JSON.stringify(value)}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
  const child = spawnDetached(program, [file], dataDir);
  const ready = lineFrom(child, (line) => line.includes('Ready to accept connections'), 'redis');
  return {
    child,
    ready: ready.then(() => `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`),
  };
}

/** The same after a restart: clients find it again. */
function passwordIn(dataDir: string): string {
  const file = join(dataDir, 'password');
  try {
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}

/** Starts it and waits until it answers. */
export async function startRedis(options: RedisProcessOptions): Promise<StoreProcess> {
  return whenReady(launchRedis(options));
}
