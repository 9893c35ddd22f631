/** A stretch of keys, as LMDB reads it: reversed, `start` is the upper end. */
export interface KeyRange {
  start: Buffer;
  end: Buffer;
  limit?: number;
  offset?: number;
  reverse?: boolean;
  exclusiveStart?: boolean;
  inclusiveEnd?: boolean;
}

/** An ordered table of bytes: one of LMDB, or one as a transaction sees it. */
export interface Table {
  get(key: Buffer): Buffer | undefined;
  /** Like {@link get}; the bytes are valid until the next read. */
  getBinaryFast(key: Buffer): Buffer | undefined;
  getRange(range: KeyRange): Iterable<{ key: Buffer; value: Buffer }>;
  getKeys(range: KeyRange): Iterable<Buffer>;
  getKeysCount(range: KeyRange): number;
  putSync(key: Buffer, value: Buffer): unknown;
  removeSync(key: Buffer): unknown;
}
