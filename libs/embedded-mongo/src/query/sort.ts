import type { Doc } from '../bson.ts';
import { CommandError } from '../errors.ts';
import { compareValues } from '../keys/compare.ts';
import { encodeSortKey } from '../keys/encode.ts';
import type { Sort } from './plan.ts';
import { fieldDecoder } from './fields.ts';
import { anyValue } from './values.ts';

/** What a document is sorted by: of an array the smallest element, descending the largest; missing is null. */
export function sortValue(doc: Doc, path: readonly string[], descending: boolean): unknown {
  let best: unknown;
  let found = false;
  anyValue(doc, path, 0, (candidate) => {
    if (Array.isArray(candidate)) {
      if (candidate.length > 0 || found) return false;
      best = undefined;
      found = true;
      return false;
    }
    const value = candidate === undefined ? null : candidate;
    const order = found ? compareValues(value, best) : -1;
    if (!found || (descending ? order > 0 : order < 0)) best = value;
    found = true;
    return false;
  });
  return found ? best : null;
}

/** Compares bytewise as the documents are to be ordered. */
export function sortKey(doc: Doc, sort: Sort): Buffer {
  const descending = sort.map(([, direction]) => direction < 0);
  const values = sort.map(([path], i) => sortValue(doc, path.split('.'), descending[i] ?? false));
  return encodeSortKey(values, descending);
}

interface Row<T> {
  key: Buffer;
  serial: number;
  item: T;
  size: number;
}

/** As MongoDB's internalQueryMaxBlockingSortMemoryUsageBytes. */
export const MAX_SORT_BYTES = 100 * 1024 * 1024;
const MAX_SORT_BYTES_WITH_DISK = 1024 * 1024 * 1024;

const before = (a: Row<unknown>, b: Row<unknown>) => Buffer.compare(a.key, b.key) || a.serial - b.serial;

/** Sorts in memory, keeping only the first `keep` rows when that many are wanted. */
export class Sorter<T> {
  readonly #sort: Sort;
  readonly #decode: (bytes: Buffer) => Doc;
  readonly #keep: number;
  readonly #maxBytes: number;
  #rows: Row<T>[] = [];
  #bytes = 0;
  #serial = 0;
  #worst: Row<T> | undefined;

  constructor(sort: Sort, keep: number, allowDiskUse: boolean) {
    this.#sort = sort;
    this.#decode = fieldDecoder(new Set(sort.map(([path]) => path.split('.')[0] ?? '')));
    this.#keep = keep;
    this.#maxBytes = allowDiskUse ? MAX_SORT_BYTES_WITH_DISK : MAX_SORT_BYTES;
  }

  /** Offers a row; `item` is called only when the row may be among the first. */
  add(bytes: Buffer, size: number, item: () => T): void {
    const key = sortKey(this.#decode(bytes), this.#sort);
    if (this.#worst && Buffer.compare(key, this.#worst.key) >= 0) return;
    this.#rows.push({ key, serial: this.#serial++, item: item(), size });
    this.#bytes += size + key.length;
    if (this.#rows.length >= this.#keep * 2 + 64) this.#prune();
    if (this.#bytes > this.#maxBytes) {
      throw new CommandError(
        292,
        `Executor error during find command :: caused by :: Sort exceeded memory limit of ${this.#maxBytes} bytes, but did not opt in to external sorting.`,
      );
    }
  }

  #prune(): void {
    this.#rows.sort(before);
    this.#rows.length = this.#keep;
    this.#bytes = this.#rows.reduce((sum, { size, key }) => sum + size + key.length, 0);
    this.#worst = this.#rows.at(-1);
  }

  result(): T[] {
    this.#rows.sort(before);
    return this.#rows.slice(0, this.#keep).map(({ item }) => item);
  }
}
