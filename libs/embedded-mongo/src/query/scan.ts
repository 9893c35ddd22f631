import type { CollectionMeta } from '../storage/catalog.ts';
import { recordKey } from '../storage/collection.ts';
import type { Tables } from '../storage/store.ts';
import type { Table } from '../storage/table.ts';
import { KeyReader, MAX_CHUNK } from './key-reader.ts';
import type { ReaderOptions } from './key-reader.ts';
import type { IndexPlan, KeyInterval, Plan } from './plan.ts';

/** What a scan looked at; shown by explain. */
export interface Examined {
  keys: number;
  docs: number;
}

/** Gives record numbers one by one; -1 at the end. */
export interface RecordSource {
  next(): number;
  /** Forgets what was read ahead; needed whenever other commands may have run in between. */
  refresh(): void;
}

function readRecord(bytes: Uint8Array, offset: number): number {
  let number = 0;
  for (let i = 0; i < 6; i++) number = number * 256 + (bytes[offset + i] ?? 0);
  return number;
}

function recordOf(plan: IndexPlan, key: Buffer, reader: KeyReader): number {
  if (!plan.index.unique) return readRecord(key, key.length - 6);
  const value = reader.value();
  return value ? readRecord(value, 0) : -1;
}

/** The record number of an index entry. */
export function recordOfEntry(index: { unique: boolean }, key: Uint8Array, value: Uint8Array): number {
  return index.unique ? readRecord(value, 0) : readRecord(key, key.length - 6);
}

/** A point of a whole unique key needs no cursor. */
function isPoint(plan: IndexPlan): boolean {
  return plan.index.unique && plan.equalities + plan.points === plan.index.paths.length;
}

class PointSource implements RecordSource {
  readonly #table: Table;
  readonly #intervals: KeyInterval[];
  readonly #examined: Examined;
  #at = 0;

  constructor(table: Table, plan: IndexPlan, examined: Examined) {
    this.#table = table;
    this.#intervals = plan.intervals;
    this.#examined = examined;
  }

  next(): number {
    for (let interval = this.#intervals[this.#at++]; interval; interval = this.#intervals[this.#at++]) {
      const value = this.#table.getBinaryFast(interval.start);
      if (value === undefined) continue;
      this.#examined.keys++;
      return readRecord(value, 0);
    }
    return -1;
  }

  refresh(): void {
    // Reads one entry at a time.
  }
}

/** Intervals one after another. */
class SequenceSource implements RecordSource {
  readonly #table: Table;
  readonly #plan: IndexPlan;
  readonly #options: ReaderOptions;
  readonly #examined: Examined;
  #at = 0;
  #reader: KeyReader | undefined;

  constructor(table: Table, plan: IndexPlan, options: ReaderOptions, examined: Examined) {
    this.#table = table;
    this.#plan = plan;
    this.#options = options;
    this.#examined = examined;
  }

  next(): number {
    for (;;) {
      if (!this.#reader) {
        const interval = this.#plan.intervals[this.#at++];
        if (!interval) return -1;
        this.#reader = new KeyReader(this.#table, interval, this.#options);
      }
      const key = this.#reader.next();
      if (key) {
        this.#examined.keys++;
        return recordOf(this.#plan, key, this.#reader);
      }
      this.#reader = undefined;
    }
  }

  refresh(): void {
    this.#reader?.refresh();
  }
}

interface Head {
  reader: KeyReader;
  interval: KeyInterval;
  key: Buffer;
}

/** Intervals merged by what follows their constant part, so that the result is in the order of the sort. */
class MergeSource implements RecordSource {
  readonly #table: Table;
  readonly #plan: IndexPlan;
  readonly #options: ReaderOptions;
  readonly #examined: Examined;
  #heads: Head[];

  constructor(table: Table, plan: IndexPlan, options: ReaderOptions, examined: Examined) {
    this.#table = table;
    this.#plan = plan;
    this.#options = options;
    this.#examined = examined;
    this.#heads = plan.intervals.flatMap((interval) => this.#open(interval));
  }

  next(): number {
    let best: Head | undefined;
    for (const head of this.#heads) if (!best || this.#before(head, best)) best = head;
    if (!best) return -1;
    this.#examined.keys++;
    const record = recordOf(this.#plan, best.key, best.reader);
    const key = best.reader.next();
    if (key) best.key = key;
    else this.#heads.splice(this.#heads.indexOf(best), 1);
    return record;
  }

  /** Reads the heads again, starting with the key each of them stands on. */
  refresh(): void {
    this.#heads = this.#heads.flatMap(({ interval, key }) =>
      this.#open(
        this.#plan.reverse
          ? { ...interval, end: Buffer.concat([key, Buffer.from([0])]) }
          : { ...interval, start: key },
      ),
    );
  }

  #open(interval: KeyInterval): Head[] {
    const reader = new KeyReader(this.#table, interval, this.#options);
    const key = reader.next();
    return key ? [{ reader, interval, key }] : [];
  }

  #before(a: Head, b: Head): boolean {
    const order = Buffer.compare(a.key.subarray(a.interval.prefix), b.key.subarray(b.interval.prefix));
    return this.#plan.reverse ? order > 0 : order < 0;
  }
}

class CollectionSource implements RecordSource {
  readonly #reader: KeyReader;

  constructor(store: Tables, collection: CollectionMeta, reverse: boolean, firstChunk: number) {
    const interval = { start: recordKey(collection.id, 0), end: recordKey(collection.id + 1, 0) };
    this.#reader = new KeyReader(store.docs, interval, { reverse, withValues: false, firstChunk });
  }

  next(): number {
    const key = this.#reader.next();
    return key ? readRecord(key, 4) : -1;
  }

  refresh(): void {
    this.#reader.refresh();
  }
}

/** Leaves out records that came before: an array has several entries, branches of `$or` overlap. */
class DistinctSource implements RecordSource {
  readonly #sources: RecordSource[];
  readonly #seen = new Set<number>();
  #at = 0;

  constructor(sources: RecordSource[]) {
    this.#sources = sources;
  }

  next(): number {
    for (;;) {
      const source = this.#sources[this.#at];
      if (!source) return -1;
      const record = source.next();
      if (record === -1) this.#at++;
      else if (!this.#seen.has(record)) {
        this.#seen.add(record);
        return record;
      }
    }
  }

  refresh(): void {
    this.#sources[this.#at]?.refresh();
  }
}

function indexSource(store: Tables, plan: IndexPlan, firstChunk: number, examined: Examined): RecordSource {
  const isMultikey = plan.index.multikey.includes(true);
  const options = { reverse: plan.reverse, withValues: plan.index.unique, firstChunk };
  let source: RecordSource;
  if (isPoint(plan)) source = new PointSource(store.index, plan, examined);
  else if (plan.merge && plan.intervals.length > 1)
    source = new MergeSource(store.index, plan, options, examined);
  else source = new SequenceSource(store.index, plan, options, examined);
  return isMultikey ? new DistinctSource([source]) : source;
}

/** Opens the record numbers that a plan leads to. */
export function openSource(
  store: Tables,
  collection: CollectionMeta,
  plan: Plan,
  expected: number,
  examined: Examined,
): RecordSource {
  const firstChunk = Math.max(1, Math.min(expected, MAX_CHUNK));
  switch (plan.kind) {
    case 'scan':
      return new CollectionSource(store, collection, plan.reverse, firstChunk);
    case 'union':
      return new DistinctSource(
        plan.branches.map((branch) => indexSource(store, branch, firstChunk, examined)),
      );
    case 'index':
      return indexSource(store, plan, firstChunk, examined);
  }
}
