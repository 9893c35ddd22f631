import { decodePromoted } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { Cursors } from '../cursors.ts';
import type { Engine, Scope } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { Records } from '../storage/collection.ts';
import { countersKey } from '../storage/catalog.ts';
import type { Bookkeeping, CollectionMeta, Collections } from '../storage/catalog.ts';
import { Overlay } from './overlay.ts';

/** The most that a transaction keeps in memory: its writes, and the values before them. */
const MAX_BYTES = 128 * 1024 * 1024;

export const TRANSIENT = { errorLabels: ['TransientTransactionError'] };

function writeConflict(): CommandError {
  return new CommandError(
    112,
    'Write conflict: a document that this transaction wrote was changed since it began. Please retry your operation or multi-document transaction.',
    TRANSIENT,
  );
}

/** One open transaction: a snapshot of everything that was committed, and its own writes on top of it. */
export class Transaction {
  /** The tables, collections and cursors of its statements. */
  readonly scope: Scope;
  readonly #engine: Engine;
  readonly #snapshot: ReturnType<Engine['store']['snapshot']>;
  readonly #version: number;
  #ended = false;
  readonly #docs: Overlay;
  readonly #index: Overlay;
  readonly #changes = new Map<CollectionMeta, { documents: number; bytes: number }>();
  readonly #multikey = new Set<CollectionMeta>();
  /** Collections that came after the snapshot, made for this transaction, by the version they were made in. */
  readonly #made = new Map<CollectionMeta, number>();

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#version = engine.catalog.version;
    this.#snapshot = engine.store.snapshot();
    this.#docs = new Overlay(engine.store.docs, this.#snapshot);
    this.#index = new Overlay(engine.store.index, this.#snapshot);
    const store = { docs: this.#docs, index: this.#index };
    this.scope = {
      store,
      catalog: this.#collections(),
      records: new Records(store, this.#books()),
      cursors: new Cursors(),
      retries: undefined,
      // The next slice of a long command gives way to other clients.
      write: (action) => Promise.resolve(action()),
    };
  }

  #collections(): Collections {
    return {
      find: (db, name) => {
        const collection = this.#engine.catalog.find(db, name);
        if (collection) this.#checkSchema(collection);
        return collection;
      },
      create: () => {
        // Made before the statement; it was dropped again in between.
        throw writeConflict();
      },
      countOf: (collection) => {
        const transaction = this.#snapshot;
        const counters = this.#engine.store.meta.get(countersKey(collection.id), { transaction });
        const count = counters ? (decodePromoted(counters) as { count: number }).count : 0;
        return count + (this.#changes.get(collection)?.documents ?? 0);
      },
    };
  }

  #books(): Bookkeeping {
    return {
      // Taken for good: a number that an aborted transaction took is never used.
      takeRecord: (collection) => collection.nextRecord++,
      changed: (collection, documents, bytes) => {
        const change = this.#changes.get(collection) ?? { documents: 0, bytes: 0 };
        change.documents += documents;
        change.bytes += bytes;
        this.#changes.set(collection, change);
      },
      save: (collection) => void this.#multikey.add(collection),
    };
  }

  /** Lets the transaction use a collection that was made for it. */
  allow(collection: CollectionMeta): void {
    this.#made.set(collection, collection.schemaSince);
  }

  /** The snapshot has no entries of an index that came after it. */
  #checkSchema(collection: CollectionMeta): void {
    const { schemaSince } = collection;
    if (schemaSince <= this.#version || this.#made.get(collection) === schemaSince) return;
    throw new CommandError(
      246,
      `Unable to read from a snapshot due to pending collection catalog changes to ${collection.db}.${collection.name}; please retry the operation.`,
      TRANSIENT,
    );
  }

  /** Names of the stored documents that the last statement has written; throws (112) where others were first. */
  takeWritten(): string[] {
    const written = this.#docs.takeFresh();
    if (!written) throw writeConflict();
    return written;
  }

  /** Throws when the transaction holds more than it may. */
  checkSize(): void {
    if (this.#docs.bytes + this.#index.bytes <= MAX_BYTES) return;
    throw new CommandError(257, `The transaction holds more than ${MAX_BYTES} bytes of writes`);
  }

  get isReadOnly(): boolean {
    return this.#docs.isEmpty && this.#index.isEmpty;
  }

  /**
   * Writes everything at once, or throws (112) and writes nothing when others were first; call inside a write
   * transaction.
   */
  apply(): void {
    const { catalog } = this.#engine;
    for (const collection of this.#changes.keys()) {
      if (catalog.find(collection.db, collection.name) !== collection) throw writeConflict();
      this.#checkSchema(collection);
    }
    if (!this.#docs.isUnchanged() || !this.#index.isUnchanged()) throw writeConflict();
    this.#docs.apply();
    this.#index.apply();
    for (const [collection, { documents, bytes }] of this.#changes) {
      catalog.changed(collection, documents, bytes);
    }
    for (const collection of this.#multikey) catalog.save(collection);
  }

  /** Gives the snapshot back; nothing can be read any more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#snapshot.done();
  }
}

/** The reply of a commit, kept for the client that asks again. */
export const COMMITTED: Doc = { committed: true, ok: 1 };
