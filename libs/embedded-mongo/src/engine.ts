import type { Doc } from './bson.ts';
import { Cursors } from './cursors.ts';
import { normalizeFilter } from './query/matcher.ts';
import { RetryableWrites } from './sessions.ts';
import { Catalog } from './storage/catalog.ts';
import type { CollectionMeta } from './storage/catalog.ts';
import { Records } from './storage/collection.ts';
import type { Store } from './storage/store.ts';
import { WriteQueue } from './storage/write-queue.ts';
import { CommandError } from './errors.ts';
import { isDocument } from './bson.ts';
import { toNumber } from './keys/compare.ts';

/** Everything that commands work on. */
export interface Engine {
  store: Store;
  catalog: Catalog;
  records: Records;
  writes: WriteQueue;
  cursors: Cursors;
  retries: RetryableWrites;
  /** host:port, as the clients see it. */
  address: string;
  startedAt: number;
}

export function createEngine(store: Store): Engine {
  const catalog = new Catalog(store);
  return {
    store,
    catalog,
    records: new Records(store, catalog),
    writes: new WriteQueue(store, catalog),
    cursors: new Cursors(),
    retries: new RetryableWrites(store),
    address: '',
    startedAt: Date.now(),
  };
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

export function findCollection(engine: Engine, command: Command): CollectionMeta | undefined {
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
