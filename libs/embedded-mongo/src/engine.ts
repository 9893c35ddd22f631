import type { Doc } from './bson.ts';
import { Cursors } from './cursors.ts';
import { normalizeFilter } from './query/matcher.ts';
import { RetryableWrites } from './sessions.ts';
import { Catalog } from './storage/catalog.ts';
import type { CollectionMeta, Collections } from './storage/catalog.ts';
import { Records } from './storage/collection.ts';
import type { Store, Tables } from './storage/store.ts';
import { LIFETIME_MS, Transactions } from './transactions/transactions.ts';
import { WriteQueue } from './storage/write-queue.ts';
import { CommandError } from './errors.ts';
import { isDocument } from './bson.ts';
import { toNumber } from './keys/compare.ts';

/** The part of the engine that commands on documents work on; a transaction has its own. */
export interface Scope {
  store: Tables;
  catalog: Collections;
  records: Records;
  cursors: Cursors;
  /** Runs a write command; the promise settles when its effects are safe. */
  write(body: Doc, action: () => Doc): Promise<Reply>;
}

/** Everything that commands work on. */
export interface Engine extends Scope {
  store: Store;
  catalog: Catalog;
  writes: WriteQueue;
  retries: RetryableWrites;
  transactions: Transactions;
  /** host:port, as the clients see it. */
  address: string;
  startedAt: number;
}

export function createEngine(store: Store, transactionLifetimeMs = LIFETIME_MS): Engine {
  const catalog = new Catalog(store);
  const writes = new WriteQueue(store, catalog);
  const retries = new RetryableWrites(store);
  const engine = {
    store,
    catalog,
    records: new Records(store, catalog),
    writes,
    cursors: new Cursors(),
    retries,
    write: (body: Doc, action: () => Doc): Promise<Reply> => writes.run(() => retries.once(body, action)),
    address: '',
    startedAt: Date.now(),
  } as Engine;
  engine.transactions = new Transactions(engine, transactionLifetimeMs);
  return engine;
}

/** One command with the database it is for. */
export interface Command {
  name: string;
  db: string;
  body: Doc;
  sequences: Map<string, Buffer[]>;
}

export type Reply = Doc | Buffer;
export type CommandHandler = (engine: Engine, command: Command) => Reply | Promise<Reply>;

/** The collection that the first element of a command names. */
export function collectionName({ name, body }: Command): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '')
    throw new CommandError(73, `collection name has invalid type or is empty`);
  return value;
}

export function findCollection(engine: Scope, command: Command): CollectionMeta | undefined {
  return engine.catalog.find(command.db, collectionName(command));
}

/** A filter option, ready for the planner and the matcher. */
export function filterOption(value: unknown, name: string): Doc {
  if (value === undefined || value === null) return {};
  if (!isDocument(value))
    throw new CommandError(14, `BSON field '${name}' is the wrong type, expected type 'object'`);
  return normalizeFilter(value) as Doc;
}

export function numberOption(value: unknown, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  return toNumber(value);
}

/** Only the simple collation is there; any other would silently compare differently. */
export function checkCollation(collation: unknown): void {
  if (collation === undefined || collation === null) return;
  const locale = isDocument(collation) ? collation.locale : undefined;
  if (locale !== 'simple') {
    throw new CommandError(
      2,
      `collation ${JSON.stringify(collation)} is not supported by the embedded server; only {locale: "simple"} is`,
    );
  }
}

/** Variables of `let`. */
export function letOption(body: Doc): Doc | undefined {
  return isDocument(body.let) ? body.let : undefined;
}
