import { join } from 'node:path';
import { open } from 'lmdb';
import { MongoClient } from 'mongodb';
import { expect, test } from 'vitest';
import { startEmbeddedMongo } from '../index.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

/** What the library tells of an environment, as far as it is needed here. */
interface Readers {
  numReaders: number;
}

test('readers are given back, also by plans that only look whether an index finds little', async () => {
  const directory = temporaryDirectory();
  const mongo = await startEmbeddedMongo({ dataDir: directory.path });
  const client = await new MongoClient(mongo.uri).connect();
  try {
    const items = client.db('readers').collection('items');
    await items.createIndexes([{ key: { kind: 1 } }, { key: { rank: 1 } }]);
    await items.insertMany(Array.from({ length: 2000 }, (_, rank) => ({ kind: 'a', rank })));
    // An index that narrows against one that sorts: the planner probes the first. Writes in between make new snapshots.
    for (let round = 0; round < 100; round++) {
      const [found] = await Promise.all([
        items.find({ kind: 'a' }).sort({ rank: 1 }).limit(1).toArray(),
        items.insertOne({ kind: 'b', rank: -1 }),
      ]);
      expect(found).toMatchObject([{ rank: 0 }]);
    }
    // The same environment within one process.
    const root = open({ path: join(directory.path, 'data.mdb'), noSubdir: true });
    // The slots that were ever taken at a time.
    const { numReaders } = root.getStats() as unknown as Readers;
    expect(numReaders).toBeLessThan(5);
  } finally {
    await client.close();
    await mongo.close();
    directory.remove();
  }
});
