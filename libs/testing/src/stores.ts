import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, inject } from 'vitest';
import './provided.ts';

/** The stores as a test file uses them: a database and a Redis prefix of its own. */
export interface TestStores {
  mongodbUri: string;
  database: string;
  redisUrl: string;
  redisPrefix: string;
  /** What an app on these stores reads, silent by default. */
  environment: Record<string, string>;
}

/** Call once at the top of a test file; the database is dropped after its last test. */
export function testStores(): TestStores {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const mongodbUri = inject('mongodbUri');
  const redisUrl = inject('redisUrl');
  afterAll(async () => {
    const client = await MongoClient.connect(mongodbUri);
    await client.db(name).dropDatabase();
    await client.close();
  });
  return {
    mongodbUri,
    database: name,
    redisUrl,
    redisPrefix: name,
    environment: {
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      MONGODB_URI: mongodbUri,
      MONGODB_DATABASE: name,
      REDIS_URL: redisUrl,
      REDIS_PREFIX: name,
    },
  };
}
