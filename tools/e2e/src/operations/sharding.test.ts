import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testStores } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apps, root } from '@portico/launcher';
import { startCluster, type Cluster } from '../resilience/cluster.ts';

const stores = testStores();
let cluster: Cluster;
let mongo: MongoClient;
beforeAll(async () => {
  cluster = await startCluster({ stores, name: stores.database });
  mongo = await MongoClient.connect(stores.mongodbUri);
});
afterAll(async () => {
  await mongo.close();
  await cluster.close();
});

interface Advice {
  app: string;
  collection: string;
  /** Its fields in order; undefined where it is not to be sharded. */
  shardKey: { fields: string[]; isHashed: boolean } | undefined;
}

/** The table of docs/operations.md, a row for each collection. */
function advised(): Advice[] {
  const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
  const part = page.split('\n## Sharding\n')[1]?.split('\n## ')[0] ?? '';
  const rows = part.split('\n').filter((line) => line.startsWith('|'));
  let app = '';
  return rows.slice(2).flatMap((line) => {
    const [, database = '', collections = '', key = ''] = line.split('|').map((cell) => cell.trim());
    app = database || app;
    const keyText = /^`\{(.+)\}`$/.exec(key)?.[1];
    const shardKey = keyText && {
      fields: keyText.split(',').map((field) => field.split(':')[0]?.trim() ?? ''),
      isHashed: keyText.includes('hashed'),
    };
    return [...collections.matchAll(/`(\w+)`/g)].map(([, collection = '']) => ({
      app,
      collection,
      shardKey: shardKey || undefined,
    }));
  });
}

/** The unique indexes of a service's collections, beside those of ids, as the running service has built them. */
async function uniqueIndexes(app: string): Promise<{ collection: string; fields: string[] }[]> {
  const db = mongo.db(`${stores.database}_${app.replaceAll('-', '_')}`);
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  const found = await Promise.all(
    collections.map(async ({ name }) =>
      (await db.collection(name).indexes())
        .filter(({ unique }) => unique)
        .map(({ key }) => ({ collection: name, fields: Object.keys(key) })),
    ),
  );
  return found.flat();
}

test('the shard keys of docs/operations.md bear every unique index that the services build', async () => {
  const advice = advised();
  expect(new Set(advice.map(({ app }) => app))).toEqual(
    new Set(apps.filter(({ kind }) => kind !== 'gateway').map(({ name }) => name)),
  );
  const problems: string[] = [];
  for (const app of new Set(advice.map((one) => one.app))) {
    for (const { collection, fields } of await uniqueIndexes(app)) {
      const [found] = advice.filter((one) => one.app === app && one.collection === collection);
      const name = `${app}, ${collection}, unique by ${fields.join(', ')}`;
      if (!found) problems.push(`${name}: not in the table`);
      // MongoDB: a unique index begins with the shard key, and none goes with a hashed one.
      else if (found.shardKey) {
        const { fields: prefix, isHashed } = found.shardKey;
        if (isHashed || prefix.some((field, place) => fields[place] !== field)) problems.push(name);
      }
    }
  }
  expect(problems).toEqual([]);
});
