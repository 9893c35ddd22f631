import type { Doc } from './bson.ts';
import { Cursors } from './cursors.ts';
import { Budget } from './query/budget.ts';
import type { Client } from './query/budget.ts';
import { normalizeFilter } from './query/matcher.ts';
import { RetryableWrites } from './sessions.ts';
import { Catalog } from './storage/catalog.ts';
import type { CollectionMeta, Collections } from './storage/catalog.ts';
import { Records } from './storage/collection.ts';
import type { Store, Tables } from './storage/store.ts';
import { LIFETIME_MS, Transactions } from './transactions/transactions.ts';
import { WriteQueue } from './storage/write-queue.ts';
import { CommandError, unsupported } from './errors.ts';
import { isDocument } from './bson.ts';
import { toNumber } from './keys/compare.ts';

/** The part of the engine that commands on documents work on; a transaction has its own. */
export interface Scope {
  store: Tables;
  catalog: Collections;
  records: Records;
  cursors: Cursors;
  /** Undefined in a transaction, which is repeated as a whole. */
  retries: RetryableWrites | undefined;
  /** Runs a part of a write command at once; the promise settles when its effects are safe. */
  write<T>(action: () => T): Promise<T>;
}

/** Everything that commands work on. */
export interface Engine extends Scope {
  store: Store;
  catalog: Catalog;
  writes: WriteQueue;
  retries: RetryableWrites;
  transactions: Transactions;
  /** Settles when the index builds that were asked for are done. */
  builds: Promise<unknown>;
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
    write: <T>(action: () => T): Promise<T> => writes.run(action),
    builds: Promise.resolve(),
    address: '',
    startedAt: Date.now(),
  } as unknown as Engine;
  engine.transactions = new Transactions(engine, transactionLifetimeMs);
  return engine;
}

/** One command with the database it is for. */
export interface Command {
  name: string;
  db: string;
  body: Doc;
  sequences: Map<string, Buffer[]>;
  client: Client;
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
    throw unsupported(2, `the collation ${JSON.stringify(collation)}`);
  }
}

/** Watches a command that may be long. */
export function budgetOf({ body, client }: Command, mayYield = true): Budget {
  return new Budget(numberOption(body.maxTimeMS, 0), mayYield, client);
}
