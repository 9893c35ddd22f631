import { mkdirSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { DATA_FILE } from './store.ts';

/**
 * Copies a data directory into a new one, also while a server has it: one read transaction, so that the copy is one
 * point in time over all databases, with every write that was acknowledged before this was called.
 *
 * @example
 * await backupDataDir('.data/mongodb', '/backups/today/mongodb');
 * await startEmbeddedMongo({ dataDir: '/backups/today/mongodb' });
 */
export async function backupDataDir(dataDir: string, target: string): Promise<void> {
  // The server's own lock is for writers; a reader needs a slot in LMDB's alone.
  const root = open({ path: join(dataDir, DATA_FILE), noSubdir: true, readOnly: true });
  try {
    mkdirSync(target, { recursive: true });
    const copy = join(target, DATA_FILE);
    await root.backup(copy, true);
    const file = await openFile(copy, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await root.close();
  }
}
