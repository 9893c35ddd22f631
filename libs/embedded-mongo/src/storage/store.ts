import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { Database, RootDatabase, Transaction as Snapshot } from 'lmdb';
import { checkDataFile } from './data-file.ts';
import { explainWriteError } from './disk.ts';
import { lockDirectory } from './lock.ts';
import type { Table } from './table.ts';

/** Raised with every change of the layout that an older program cannot read. */
export const LAYOUT_VERSION = 1;

/** Everything is in this one file. */
export const DATA_FILE = 'data.mdb';

type StoredTable = Database<Buffer, Buffer>;

/** The tables of documents and of index entries. */
export interface Tables {
  docs: Table;
  index: Table;
}

/** The ordered tables in which everything is kept. */
export interface Store extends Tables {
  /** Catalog and counters, by name. */
  meta: StoredTable;
  /** Collection number and record number to BSON. */
  docs: StoredTable;
  /** Index entries; the value of a unique one is the record number. */
  index: StoredTable;
  /** Session id to the last retryable write or committed transaction, and its reply. */
  retry: StoredTable;
  /** Runs `action` in one write transaction, on disk when this returns; an exception undoes all of it. */
  transaction<T>(action: () => T): T;
  /** A point in time, for reads until its `done`; it delays no writer. */
  snapshot(): Snapshot;
  close(): Promise<void>;
}

/** One for each snapshot that is in use, other processes' included. */
const MAX_READERS = 2000;

const BINARY = { keyEncoding: 'binary', encoding: 'binary' } as const;

export function openStore(dataDir: string): Store {
  mkdirSync(dataDir, { recursive: true });
  const unlock = lockDirectory(dataDir);
  let root: RootDatabase<Buffer, Buffer> | undefined;
  try {
    checkDataFile(dataDir, DATA_FILE);
    // Without overlapping syncs a transaction is flushed before it returns.
    root = open<Buffer, Buffer>(join(dataDir, DATA_FILE), {
      ...BINARY,
      maxDbs: 8,
      maxReaders: MAX_READERS,
      overlappingSync: false,
    });
    const env = root;
    const table = (name: string): StoredTable => env.openDB<Buffer, Buffer>({ ...BINARY, name });
    const meta = table('meta');
    const store: Store = {
      meta,
      docs: table('docs'),
      index: table('index'),
      retry: table('retry'),
      transaction(action) {
        try {
          return env.transactionSync(action);
        } catch (error) {
          throw explainWriteError(error, dataDir);
        }
      },
      snapshot: () => env.useReadTransaction(),
      async close() {
        await env.close();
        unlock();
      },
    };
    checkVersion(store, dataDir);
    return store;
  } catch (error) {
    void root?.close();
    unlock();
    throw error;
  }
}

function checkVersion(store: Store, dataDir: string): void {
  const key = Buffer.from('version');
  const found = store.meta.get(key)?.toString();
  if (found === undefined) {
    store.transaction(() => store.meta.putSync(key, Buffer.from(String(LAYOUT_VERSION))));
  } else if (Number(found) > LAYOUT_VERSION) {
    throw new Error(
      `the data directory ${dataDir} has layout version ${found}; this program reads up to ${LAYOUT_VERSION}`,
    );
  }
}
