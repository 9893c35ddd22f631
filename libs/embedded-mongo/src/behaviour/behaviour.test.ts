import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { BEHAVIOUR } from './table.ts';
import type { Bench } from './case.ts';
import { startEmbeddedMongo } from '../index.ts';
import type { EmbeddedMongo } from '../index.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let mongo: EmbeddedMongo;
let client: MongoClient;
let bench: Bench;
const directory = temporaryDirectory();

beforeAll(async () => {
  mongo = await startEmbeddedMongo({ dataDir: directory.path });
  client = await new MongoClient(mongo.uri).connect();
  const db = client.db('behaviour');
  let made = 0;
  bench = { db, fresh: () => db.collection(`c${++made}`) };
});

afterAll(async () => {
  await client.close();
  await mongo.close();
  directory.remove();
});

for (const [group, cases] of Object.entries(BEHAVIOUR)) {
  describe(group, () => {
    for (const [name, run] of Object.entries(cases)) test(name, () => run(bench));
  });
}
