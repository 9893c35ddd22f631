import { randomBytes } from 'node:crypto';
import { Binary } from 'bson';
import type { Doc } from '../bson.ts';
import { decodePromoted, encode } from '../bson.ts';
import { CommandError } from '../errors.ts';
import type { Store } from './store.ts';

export interface IndexMeta {
  id: number;
  name: string;
  key: Record<string, number>;
  unique: boolean;
  sparse: boolean;
  partialFilterExpression?: Doc;
  expireAfterSeconds?: number;
  /** For each field, whether a document with an array on its path was ever indexed. */
  multikey: boolean[];
  paths: string[][];
  descending: boolean[];
  /** Kept by every write but not used and not stored until all documents are in it. */
  isBuilding?: boolean;
}

export interface CollectionMeta {
  id: number;
  db: string;
  name: string;
  uuid: Binary;
  indexes: IndexMeta[];
  /** Kept in a record of its own because every write changes them. */
  count: number;
  bytes: number;
  nextRecord: number;
  /** The catalog's version when the indexes became what they are. */
  schemaSince: number;
}

/** Facts about a collection that change with its records. */
export interface Bookkeeping {
  /** Uses up a record number; one is never given twice. */
  takeRecord(collection: CollectionMeta): number;
  changed(collection: CollectionMeta, documents: number, bytes: number): void;
  /** An index has met its first array. */
  save(collection: CollectionMeta): void;
}

/** The collections, as a command that works on documents sees them. */
export interface Collections {
  find(db: string, name: string): CollectionMeta | undefined;
  create(db: string, name: string): CollectionMeta;
  countOf(collection: CollectionMeta): number;
}

interface StoredCollection {
  id: number;
  db: string;
  name: string;
  uuid: Binary;
  indexes: Omit<IndexMeta, 'paths' | 'descending'>[];
}

/** What was dropped and is still to be removed from the tables. */
export interface Dropped {
  collections: number[];
  indexes: number[];
}

const COLLECTION_PREFIX = 'c:';

/** Where the counters of a collection are kept. */
export const countersKey = (id: number) => Buffer.from(`n:${id}`);

/** The collections and indexes, held in memory and written through in the transaction of the command. */
export class Catalog implements Collections, Bookkeeping {
  readonly #store: Store;
  readonly #collections = new Map<string, CollectionMeta>();
  readonly #dirtyCounters = new Set<CollectionMeta>();
  #nextId = 1;
  /** Raised with every change of the set of collections and indexes. */
  version = 0;
  dropped: Dropped = { collections: [], indexes: [] };

  constructor(store: Store) {
    this.#store = store;
    this.reload();
  }

  /** Reads everything from disk; needed again when a transaction was undone. */
  reload(): void {
    const { meta } = this.#store;
    this.#collections.clear();
    this.#dirtyCounters.clear();
    const schemaSince = ++this.version;
    this.#nextId = Number(meta.get(Buffer.from('nextId'))?.toString() ?? '1');
    const dropped = meta.get(Buffer.from('dropped'));
    this.dropped = dropped
      ? (decodePromoted(dropped) as unknown as Dropped)
      : { collections: [], indexes: [] };
    const start = Buffer.from(COLLECTION_PREFIX);
    for (const { value } of meta.getRange({ start, end: Buffer.from('c;') })) {
      const stored = decodePromoted(value) as unknown as StoredCollection;
      const counters = meta.get(countersKey(stored.id));
      const { count, bytes, nextRecord } = counters
        ? (decodePromoted(counters) as { count: number; bytes: number; nextRecord: number })
        : { count: 0, bytes: 0, nextRecord: 1 };
      const indexes = stored.indexes.map((index) => withPaths(index));
      const collection = { ...stored, indexes, count, bytes, nextRecord, schemaSince };
      this.#collections.set(`${stored.db}.${stored.name}`, collection);
    }
  }

  find(db: string, name: string): CollectionMeta | undefined {
    return this.#collections.get(`${db}.${name}`);
  }

  all(): CollectionMeta[] {
    return [...this.#collections.values()];
  }

  inDatabase(db: string): CollectionMeta[] {
    return this.all().filter((collection) => collection.db === db);
  }

  /** Creates the collection with its `_id` index; call inside a transaction. */
  create(db: string, name: string): CollectionMeta {
    checkName(db, name);
    const collection: CollectionMeta = {
      id: this.takeId(),
      db,
      name,
      uuid: new Binary(randomBytes(16), Binary.SUBTYPE_UUID),
      indexes: [],
      count: 0,
      bytes: 0,
      nextRecord: 1,
      schemaSince: ++this.version,
    };
    collection.indexes.push(
      withPaths({
        id: this.takeId(),
        name: '_id_',
        key: { _id: 1 },
        unique: true,
        sparse: false,
        multikey: [false],
      }),
    );
    this.#collections.set(`${db}.${name}`, collection);
    this.save(collection);
    this.touch(collection);
    return collection;
  }

  /** Numbers of collections and indexes are never used twice, so dropped data can be removed later. */
  takeId(): number {
    const id = this.#nextId++;
    this.#store.meta.putSync(Buffer.from('nextId'), Buffer.from(String(this.#nextId)));
    return id;
  }

  save(collection: CollectionMeta): void {
    const { id, db, name, uuid } = collection;
    const built = collection.indexes.filter(({ isBuilding }) => !isBuilding);
    const indexes = built.map((index) => ({
      ...index,
      paths: undefined,
      descending: undefined,
    }));
    const stored = { id, db, name, uuid, indexes };
    this.#store.meta.putSync(Buffer.from(`${COLLECTION_PREFIX}${id}`), encode(stored));
  }

  /** Saves a collection whose indexes, or whose name, are others now. */
  saveSchema(collection: CollectionMeta): void {
    collection.schemaSince = ++this.version;
    this.save(collection);
  }

  rename(collection: CollectionMeta, db: string, name: string): void {
    checkName(db, name);
    this.#collections.delete(`${collection.db}.${collection.name}`);
    collection.db = db;
    collection.name = name;
    this.#collections.set(`${db}.${name}`, collection);
    this.saveSchema(collection);
  }

  drop(collection: CollectionMeta): void {
    this.version++;
    this.#collections.delete(`${collection.db}.${collection.name}`);
    this.#dirtyCounters.delete(collection);
    this.#store.meta.removeSync(Buffer.from(`${COLLECTION_PREFIX}${collection.id}`));
    this.#store.meta.removeSync(countersKey(collection.id));
    this.dropped.collections.push(collection.id);
    this.dropped.indexes.push(...collection.indexes.map((index) => index.id));
    this.saveDropped();
  }

  saveDropped(): void {
    this.#store.meta.putSync(Buffer.from('dropped'), encode(this.dropped as unknown as Doc));
  }

  /** Marks the counters as changed; they are written once, at the end of the transaction. */
  touch(collection: CollectionMeta): void {
    this.#dirtyCounters.add(collection);
  }

  takeRecord(collection: CollectionMeta): number {
    this.touch(collection);
    return collection.nextRecord++;
  }

  changed(collection: CollectionMeta, documents: number, bytes: number): void {
    collection.count += documents;
    collection.bytes += bytes;
    this.touch(collection);
  }

  countOf(collection: CollectionMeta): number {
    return collection.count;
  }

  flushCounters(): void {
    for (const { id, count, bytes, nextRecord } of this.#dirtyCounters) {
      this.#store.meta.putSync(countersKey(id), encode({ count, bytes, nextRecord }));
    }
    this.#dirtyCounters.clear();
  }
}

export function withPaths(index: Omit<IndexMeta, 'paths' | 'descending'>): IndexMeta {
  return {
    ...index,
    paths: Object.keys(index.key).map((path) => path.split('.')),
    descending: Object.values(index.key).map((direction) => direction < 0),
  };
}

function checkName(db: string, name: string): void {
  if (!/^[^/\\. "$*<>:|?\0]{1,63}$/.test(db)) {
    throw new CommandError(73, `Invalid database name: '${db}'`);
  }
  if (
    name === '' ||
    name.includes('\0') ||
    name.includes('$') ||
    name.startsWith('.') ||
    name.endsWith('.')
  ) {
    throw new CommandError(73, `Invalid collection name: '${name}'`);
  }
  if (Buffer.byteLength(name) + Buffer.byteLength(db) > 254) {
    throw new CommandError(73, `Fully qualified namespace is too long: ${db}.${name}`);
  }
}
