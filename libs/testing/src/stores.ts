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
}

/** Call once at the top of a test file; the database is dropped after its last test. */
export function testStores(): TestStores {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const stores = {
    mongodbUri: inject('mongodbUri'),
    database: name,
    redisUrl: inject('redisUrl'),
    redisPrefix: name,
  };
  afterAll(async () => {
    const client = await MongoClient.connect(stores.mongodbUri);
    await client.db(name).dropDatabase();
    await client.close();
  });
  return stores;
}
