import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backupMongo } from '@portico/data-stores';
import { dataDirAt } from '../platform/data-dir.ts';

/**
 * Copies what an installation on one machine cannot do without, while it runs: the store at one point in time, then the
 * local files, and the secrets. The copy is a `DATA_DIR` that `npm start` starts on. Redis is left out: the sweepers put
 * its jobs again, and jobs that are newer than the documents would do harm (docs/operations.md, Backup and restore).
 *
 * @returns what there was to copy
 * @throws when the folder exists, or the store is not the embedded one
 */
export async function backupInstallation(from: string, to: string): Promise<string[]> {
  if (existsSync(to)) throw new Error(`${to} exists: a backup goes into a new folder`);
  // Under another name until it is whole: what has the name of a backup is one.
  const draft = `${to}.unfinished`;
  mkdirSync(dirname(to), { recursive: true });
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  try {
    const parts = ['the store'];
    await backupMongo(join(from, 'mongodb'), join(draft, 'mongodb'));
    // After the store: files do not change, so every one that the store names is there, unless it was deleted since.
    if (copyFolder(join(from, 'files'), join(draft, 'files'))) parts.push('the files');
    if (copyFile(dataDirAt(from).secretsFile, dataDirAt(draft).secretsFile)) parts.push('the secrets');
    renameSync(draft, to);
    return parts;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** False where there is no such folder. */
function copyFolder(from: string, to: string): boolean {
  if (!existsSync(from)) return false;
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const copy = entry.isDirectory() ? copyFolder : copyFile;
    copy(join(from, entry.name), join(to, entry.name));
  }
  return true;
}

/** With its mode. False where there is none, or none any more. */
function copyFile(from: string, to: string): boolean {
  try {
    copyFileSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
