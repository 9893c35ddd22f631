import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

const MAGIC = 0xbeefc0de;
/** Where the two copies of LMDB's meta record hold what is read here. */
const AT = { magic: 24, pageSize: 48, lastPage: 144, transaction: 152 };
const META_LENGTH = 160;
/** LMDB does not write the last pages of a transaction where it gave them up again. */
const MAX_UNWRITTEN_PAGES = 256;

const HELP = 'restore a backup into the directory, or move its files elsewhere to start without data';

interface Meta {
  pageSize: number;
  lastPage: number;
  transaction: bigint;
}

function readMeta(file: number, position: number): Meta | undefined {
  const bytes = Buffer.alloc(META_LENGTH);
  if (readSync(file, bytes, 0, META_LENGTH, position) < META_LENGTH) return undefined;
  if (bytes.readUInt32LE(AT.magic) !== MAGIC) return undefined;
  return {
    pageSize: bytes.readUInt32LE(AT.pageSize),
    lastPage: Number(bytes.readBigUInt64LE(AT.lastPage)),
    transaction: bytes.readBigUInt64LE(AT.transaction),
  };
}

/**
 * Looks at a data file before it is mapped into memory, where a missing page would end the process without a message.
 *
 * @throws with one line that says what to do, for a file that is empty, foreign or shorter than its own record says
 */
export function checkDataFile(dataDir: string, name: string): void {
  const path = join(dataDir, name);
  if (!existsSync(path)) {
    if (existsSync(join(dataDir, 'WiredTiger')))
      throw new Error(
        `the data directory ${dataDir} holds the data of a mongod; start it with mongod, or choose another directory`,
      );
    return;
  }
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    if (size === 0) throw new Error(`the data file ${path} is empty: its data is lost; ${HELP}`);
    const first = readMeta(file, 0);
    if (!first || first.pageSize < 512)
      throw new Error(`the file ${path} is not a data file of the embedded store; ${HELP}`);
    const second = readMeta(file, first.pageSize);
    const newest = second && second.transaction > first.transaction ? second : first;
    const needed = (newest.lastPage + 1) * newest.pageSize;
    if (!second || needed - size > MAX_UNWRITTEN_PAGES * newest.pageSize)
      throw new Error(`the data file ${path} is truncated: it has ${size} of ${needed} bytes; ${HELP}`);
    if (needed > size) ftruncateSync(file, needed);
  } finally {
    closeSync(file);
  }
}
