import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, text } from '@portico/config';
import { freePort, startMongo, startRedis, type StoreProcess } from '@portico/data-stores';
import type { TestProject } from 'vitest/node';
import './provided.ts';

/**
 * Starts the stores of a test run, once, on free ports with data of their own. `MONGODB_URI` and `REDIS_URL` name
 * others instead: the suite must pass on any MongoDB-compatible engine.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const config = loadConfig('tests', {
    MONGODB_URI: text().optional(),
    REDIS_URL: text().optional(),
    PATH: text(),
  });
  const dataDir = mkdtempSync(join(tmpdir(), 'portico-test-'));
  const started: StoreProcess[] = [];
  const start = async (startStore: typeof startRedis, folder: string) => {
    const store = await startStore({
      dataDir: join(dataDir, folder),
      port: await freePort(),
      searchPath: config.PATH,
    });
    started.push(store);
    return store.url;
  };
  project.provide('mongodbUri', config.MONGODB_URI ?? (await start(startMongo, 'mongodb')));
  project.provide('redisUrl', config.REDIS_URL ?? (await start(startRedis, 'redis')));
  project.provide('searchPath', config.PATH);
  return async () => {
    await Promise.all(started.map((store) => store.stop()));
    rmSync(dataDir, { recursive: true, force: true });
  };
}
