import type { Doc } from '../bson.ts';
import { compareValues } from '../keys/compare.ts';
import { encodeSortKey } from '../keys/encode.ts';
import type { Budget } from './budget.ts';
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

/** What a row takes beside its key and its document. */
const ROW = 200;

const before = (a: Row<unknown>, b: Row<unknown>) => Buffer.compare(a.key, b.key) || a.serial - b.serial;

/** Sorts in memory, keeping only the first `keep` rows when that many are wanted. */
export class Sorter<T> {
  readonly #sort: Sort;
  readonly #decode: (bytes: Buffer) => Doc;
  readonly #keep: number;
  #rows: Row<T>[] = [];
  #serial = 0;
  #worst: Row<T> | undefined;

  constructor(sort: Sort, keep: number) {
    this.#sort = sort;
    this.#decode = fieldDecoder(new Set(sort.map(([path]) => path.split('.')[0] ?? '')));
    this.#keep = keep;
  }

  /** Offers a row; `item` is called only when the row may be among the first. */
  add(bytes: Buffer, size: number, item: () => T, budget: Budget): void {
    const key = sortKey(this.#decode(bytes), this.#sort);
    if (this.#worst && Buffer.compare(key, this.#worst.key) >= 0) return;
    if (this.#rows.length >= this.#keep * 2 + 64) this.#prune(budget);
    const taken = size + key.length + ROW;
    budget.take(taken);
    this.#rows.push({ key, serial: this.#serial++, item: item(), size: taken });
  }

  #prune(budget: Budget): void {
    this.#rows.sort(before);
    for (const { size } of this.#rows.splice(this.#keep)) budget.give(size);
    this.#worst = this.#rows.at(-1);
  }

  result(): T[] {
    this.#rows.sort(before);
    return this.#rows.slice(0, this.#keep).map(({ item }) => item);
  }
}
