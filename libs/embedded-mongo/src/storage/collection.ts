import type { Doc } from '../bson.ts';
import { decodePromoted } from '../bson.ts';
import { CommandError } from '../errors.ts';
import { encodeEntry } from '../keys/encode.ts';
import { extractKeys } from '../keys/extract.ts';
import type { Matcher } from '../query/matcher.ts';
import { compileFilter } from '../query/matcher.ts';
import type { Bookkeeping, CollectionMeta, IndexMeta } from './catalog.ts';
import { describeKey } from './describe.ts';
import type { Tables } from './store.ts';

const EMPTY = Buffer.alloc(0);
const MAX_DOCUMENT = 16 * 1024 * 1024;

const partialMatchers = new WeakMap<IndexMeta, Matcher>();

/** The compiled partialFilterExpression of an index. */
function partialMatcher(index: IndexMeta): Matcher {
  let matcher = partialMatchers.get(index);
  if (!matcher) {
    matcher = compileFilter(index.partialFilterExpression ?? {});
    partialMatchers.set(index, matcher);
  }
  return matcher;
}

interface Entry {
  key: Buffer;
  values: unknown[];
}

interface IndexEntries {
  entries: Entry[];
  arrays: boolean[] | undefined;
}

const NO_ENTRIES: IndexEntries = { entries: [], arrays: undefined };

/** The entries that a document has in an index. */
export function entriesOf(index: IndexMeta, doc: Doc, recordId: number): IndexEntries {
  if (index.partialFilterExpression && !partialMatcher(index).test(doc)) return NO_ENTRIES;
  const { tuples, arrays } = extractKeys(doc, index.paths);
  if (index.sparse && isAbsent(index, doc)) return NO_ENTRIES;
  const suffix = index.unique ? undefined : recordId;
  const toEntry = (values: unknown[]): Entry => ({
    key: encodeEntry(index.id, values, index.descending, suffix),
    values,
  });
  const [first] = tuples;
  if (tuples.length === 1 && first) return { entries: [toEntry(first)], arrays };
  const byKey = new Map<string, Entry>();
  for (const values of tuples) {
    const entry = toEntry(values);
    byKey.set(entry.key.toString('latin1'), entry);
  }
  return { entries: [...byKey.values()], arrays };
}

const UNCHANGED: IndexEntries & { removed: Entry[] } = { removed: [], entries: [], arrays: undefined };

/** Whether two versions of a document can have other entries in an index: not when they share the very same values. */
function mayDiffer(index: IndexMeta, before: Doc, after: Doc): boolean {
  if (index.partialFilterExpression) return true;
  return index.paths.some(([name = '']) => before[name] !== after[name]);
}

/** A sparse index leaves out the documents that have none of its fields. */
function isAbsent(index: IndexMeta, doc: Doc): boolean {
  return index.paths.every((path) => !hasPath(doc, path, 0));
}

function hasPath(value: unknown, path: readonly string[], at: number): boolean {
  if (at === path.length) return value !== undefined;
  const name = path[at] ?? '';
  if (Array.isArray(value)) {
    if (/^\d+$/.test(name) && hasPath(value[Number(name)], path, at + 1)) return true;
    return value.some((element) => !Array.isArray(element) && hasPath(element, path, at));
  }
  if (typeof value !== 'object' || value === null) return false;
  return hasPath((value as Doc)[name], path, at + 1);
}

export function recordKey(collectionId: number, recordId: number): Buffer {
  const key = Buffer.allocUnsafe(10);
  key.writeUInt32BE(collectionId, 0);
  key.writeUIntBE(recordId, 4, 6);
  return key;
}

function recordValue(recordId: number): Buffer {
  const value = Buffer.allocUnsafe(6);
  value.writeUIntBE(recordId, 0, 6);
  return value;
}

/** Documents and their index entries. Writes happen inside a transaction and check before they change anything. */
export class Records {
  readonly #store: Tables;
  readonly #books: Bookkeeping;

  constructor(store: Tables, books: Bookkeeping) {
    this.#store = store;
    this.#books = books;
  }

  /** The bytes of a record, valid until the next read. */
  read(collection: CollectionMeta, recordId: number): Buffer | undefined {
    const key = recordKey(collection.id, recordId);
    const bytes = this.#store.docs.getBinaryFast(key);
    return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  insert(collection: CollectionMeta, bytes: Buffer, doc: Doc): void {
    checkSize(bytes);
    const recordId = collection.nextRecord;
    const added = collection.indexes.map((index) => entriesOf(index, doc, recordId));
    added.forEach(({ entries }, i) =>
      this.#checkUnique(collection, collection.indexes[i], entries, recordId),
    );
    this.#books.takeRecord(collection);
    this.#books.changed(collection, 1, bytes.length);
    this.#store.docs.putSync(recordKey(collection.id, recordId), bytes);
    added.forEach((entries, i) => this.#addEntries(collection, collection.indexes[i], entries, recordId));
  }

  replace(
    collection: CollectionMeta,
    recordId: number,
    old: { bytes: Buffer; doc: Doc },
    bytes: Buffer,
    doc: Doc,
  ): void {
    checkSize(bytes);
    const changes = collection.indexes.map((index) => {
      if (!mayDiffer(index, old.doc, doc)) return UNCHANGED;
      const before = entriesOf(index, old.doc, recordId);
      const after = entriesOf(index, doc, recordId);
      return { ...difference(before.entries, after.entries), arrays: after.arrays };
    });
    changes.forEach(({ entries }, i) =>
      this.#checkUnique(collection, collection.indexes[i], entries, recordId),
    );
    this.#books.changed(collection, 0, bytes.length - old.bytes.length);
    this.#store.docs.putSync(recordKey(collection.id, recordId), bytes);
    changes.forEach((change, i) => {
      for (const { key } of change.removed) this.#store.index.removeSync(key);
      this.#addEntries(collection, collection.indexes[i], change, recordId);
    });
  }

  remove(collection: CollectionMeta, recordId: number, size: number, doc: Doc): void {
    this.#books.changed(collection, -1, -size);
    this.#store.docs.removeSync(recordKey(collection.id, recordId));
    for (const index of collection.indexes) {
      for (const { key } of entriesOf(index, doc, recordId).entries) this.#store.index.removeSync(key);
    }
  }

  /**
   * Puts documents into new indexes, from a record on until `isOver`; gives the record to go on with, undefined at the
   * end. Writes in between keep the indexes as well.
   */
  build(
    collection: CollectionMeta,
    indexes: readonly IndexMeta[],
    from: number,
    isOver: () => boolean,
  ): number | undefined {
    const start = recordKey(collection.id, from);
    const end = recordKey(collection.id + 1, 0);
    for (const { key, value } of this.#store.docs.getRange({ start, end })) {
      const recordId = Buffer.from(key).readUIntBE(4, 6);
      if (recordId !== from && isOver()) return recordId;
      const doc = decodePromoted(value);
      for (const index of indexes) {
        const entries = entriesOf(index, doc, recordId);
        this.#checkUnique(collection, index, entries.entries, recordId);
        this.#addEntries(collection, index, entries, recordId);
      }
    }
    return undefined;
  }

  #checkUnique(
    collection: CollectionMeta,
    index: IndexMeta | undefined,
    entries: readonly Entry[],
    recordId: number,
  ): void {
    if (!index?.unique) return;
    for (const { key, values } of entries) {
      const holder = this.#store.index.getBinaryFast(key);
      if (holder === undefined) continue;
      if (Buffer.from(holder.buffer, holder.byteOffset, 6).readUIntBE(0, 6) !== recordId) {
        throw duplicateKey(collection, index, values);
      }
    }
  }

  #addEntries(
    collection: CollectionMeta,
    index: IndexMeta | undefined,
    { entries, arrays }: IndexEntries,
    recordId: number,
  ): void {
    if (!index) return;
    if (arrays?.some((met, i) => met && !index.multikey[i])) {
      index.multikey = index.multikey.map((was, i) => was || (arrays[i] ?? false));
      this.#books.save(collection);
    }
    const value = index.unique ? recordValue(recordId) : EMPTY;
    for (const { key } of entries) this.#store.index.putSync(key, value);
  }
}

function difference(before: Entry[], after: Entry[]): { removed: Entry[]; entries: Entry[] } {
  const [a] = before;
  const [b] = after;
  if (before.length === 1 && after.length === 1 && a && b) {
    return a.key.equals(b.key) ? { removed: [], entries: [] } : { removed: before, entries: after };
  }
  const old = new Set(before.map(({ key }) => key.toString('latin1')));
  const now = new Set(after.map(({ key }) => key.toString('latin1')));
  return {
    removed: before.filter(({ key }) => !now.has(key.toString('latin1'))),
    entries: after.filter(({ key }) => !old.has(key.toString('latin1'))),
  };
}

function checkSize(bytes: Buffer): void {
  if (bytes.length > MAX_DOCUMENT) {
    throw new CommandError(
      10334,
      `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${MAX_DOCUMENT}`,
    );
  }
}

function duplicateKey(
  collection: CollectionMeta,
  index: IndexMeta,
  values: readonly unknown[],
): CommandError {
  const names = Object.keys(index.key);
  const keyValue = Object.fromEntries(names.map((name, i) => [name, values[i] ?? null]));
  return new CommandError(
    11000,
    `E11000 duplicate key error collection: ${collection.db}.${collection.name} index: ${index.name} dup key: ${describeKey(keyValue)}`,
    { keyPattern: index.key, keyValue },
  );
}
