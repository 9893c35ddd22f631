import type { Engine } from './engine.ts';
import { removeRecord } from './commands/writes.ts';
import { encodeValue } from './keys/encode.ts';
import { below } from './query/bounds.ts';
import { ORDER } from './keys/compare.ts';
import { recordKey } from './storage/collection.ts';
import type { CollectionMeta, IndexMeta } from './storage/catalog.ts';
import type { Table } from './storage/table.ts';

const EVERY_MS = 2000;
const CHUNK = 2000;

function indexKey(id: number): Buffer {
  const key = Buffer.allocUnsafe(4);
  key.writeUInt32BE(id, 0);
  return key;
}

/** Record numbers of the documents that a TTL index says are too old. */
function expiredRecords(engine: Engine, index: IndexMeta, now: number): number[] {
  const limit = new Date(now - (index.expireAfterSeconds ?? 0) * 1000);
  const descending = index.descending[0] ?? false;
  const oldest = below(ORDER.date);
  const [from, to] = descending
    ? [encodeValue(limit, true), Buffer.from([0xff - ORDER.date + 1])]
    : [oldest, encodeValue(limit)];
  const prefix = indexKey(index.id);
  const range = { start: Buffer.concat([prefix, from]), end: Buffer.concat([prefix, to]), limit: CHUNK };
  const records: number[] = [];
  for (const { key, value } of engine.store.index.getRange(range)) {
    const bytes = index.unique ? value : key.subarray(key.length - 6);
    records.push(Buffer.from(bytes).readUIntBE(0, 6));
  }
  return [...new Set(records)];
}

/** Deletes what has expired, some at a time; true when there may be more. */
function expire(engine: Engine, collection: CollectionMeta, index: IndexMeta, now: number): boolean {
  const records = expiredRecords(engine, index, now);
  for (const recordId of records) removeRecord(engine, collection, recordId);
  return records.length >= CHUNK;
}

function removeChunk(table: Table, start: Buffer, end: Buffer): boolean {
  let removed = 0;
  for (const key of [...table.getKeys({ start, end, limit: CHUNK })]) {
    table.removeSync(key);
    removed++;
  }
  return removed < CHUNK;
}

/** Frees some of what dropped collections and indexes left behind; true when there is more. */
function reclaim(engine: Engine): boolean {
  const { dropped } = engine.catalog;
  const [collection] = dropped.collections;
  const building = new Set(
    engine.catalog.all().flatMap(({ indexes }) => indexes.flatMap((i) => (i.isBuilding ? i.id : []))),
  );
  const index = dropped.indexes.find((id) => !building.has(id));
  if (collection !== undefined) {
    const done = removeChunk(engine.store.docs, recordKey(collection, 0), recordKey(collection + 1, 0));
    if (done) dropped.collections.shift();
  } else if (index !== undefined) {
    const done = removeChunk(engine.store.index, indexKey(index), indexKey(index + 1));
    if (done) dropped.indexes = dropped.indexes.filter((id) => id !== index);
  } else {
    return false;
  }
  engine.catalog.saveDropped();
  return true;
}

async function pass(engine: Engine, isStopped: () => boolean): Promise<void> {
  const now = Date.now();
  engine.cursors.expire(now);
  engine.transactions.expire(now);
  const sessions = engine.retries.expired(now);
  if (sessions.length > 0) await engine.writes.run(() => engine.retries.forget(sessions));
  for (const { db, name } of engine.catalog.all()) {
    const ttl =
      engine.catalog
        .find(db, name)
        ?.indexes.filter((index) => index.expireAfterSeconds !== undefined && !index.isBuilding) ?? [];
    for (const { name: indexName } of ttl) {
      const find = () => {
        const collection = engine.catalog.find(db, name);
        const index = collection?.indexes.find((candidate) => candidate.name === indexName);
        return collection && index ? { collection, index } : undefined;
      };
      // Looked at before a transaction is opened: mostly nothing has expired.
      for (let more = true; more && !isStopped();) {
        const found = find();
        if (!found || expiredRecords(engine, found.index, now).length === 0) break;
        more = await engine.writes.run(() => {
          const current = find();
          return current ? expire(engine, current.collection, current.index, now) : false;
        });
      }
    }
  }
  const { dropped } = engine.catalog;
  while (!isStopped() && dropped.collections.length + dropped.indexes.length > 0) {
    const more = await engine.writes.run(() => reclaim(engine));
    if (!more) break;
  }
}

/** Expires documents, cursors and sessions, and frees dropped space, every two seconds; returns a stop function. */
export function startBackground(engine: Engine, onError: (error: Error) => void): () => Promise<void> {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const schedule = (delay: number) => {
    timer = setTimeout(() => {
      running = pass(engine, () => stopped)
        .catch((error: unknown) => onError(error instanceof Error ? error : new Error(String(error))))
        .finally(() => {
          if (!stopped) schedule(EVERY_MS);
        });
    }, delay);
    timer.unref();
  };
  schedule(0);
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
