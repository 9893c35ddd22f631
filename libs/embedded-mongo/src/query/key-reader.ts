import type { Table } from '../storage/table.ts';

/** So many keys are read at once at most. */
export const MAX_CHUNK = 256;

export interface ReaderOptions {
  reverse: boolean;
  withValues: boolean;
  firstChunk: number;
}

/** Reads keys of a stretch in growing chunks, and goes on after the last key seen when asked again. */
export class KeyReader {
  readonly #table: Table;
  readonly #reverse: boolean;
  readonly #withValues: boolean;
  #start: Buffer;
  #end: Buffer;
  #keys: Buffer[] = [];
  #values: Buffer[] = [];
  #at = 0;
  #chunk: number;
  #finished = false;
  #last: Buffer | undefined;

  constructor(table: Table, { start, end }: { start: Buffer; end: Buffer }, options: ReaderOptions) {
    this.#table = table;
    this.#start = start;
    this.#end = end;
    this.#reverse = options.reverse;
    this.#withValues = options.withValues;
    this.#chunk = options.firstChunk;
  }

  next(): Buffer | undefined {
    if (this.#at >= this.#keys.length && !this.#fill()) return undefined;
    this.#last = this.#keys[this.#at++];
    return this.#last;
  }

  /** The value that belongs to the key returned last. */
  value(): Buffer | undefined {
    return this.#values[this.#at - 1];
  }

  refresh(): void {
    if (this.#at < this.#keys.length) this.#finished = false;
    this.#keys = [];
    this.#values = [];
    this.#at = 0;
  }

  #fill(): boolean {
    if (this.#finished) return false;
    if (this.#last) {
      if (this.#reverse) this.#end = this.#last;
      else this.#start = Buffer.concat([this.#last, Buffer.from([0])]);
    }
    this.#keys = [];
    this.#values = [];
    this.#at = 0;
    const limit = this.#chunk;
    const range = this.#reverse
      ? { start: this.#end, end: this.#start, reverse: true, exclusiveStart: true, inclusiveEnd: true, limit }
      : { start: this.#start, end: this.#end, limit };
    if (this.#withValues) {
      for (const { key, value } of this.#table.getRange(range)) {
        this.#keys.push(key);
        this.#values.push(value);
      }
    } else {
      for (const key of this.#table.getKeys(range)) this.#keys.push(key);
    }
    if (this.#keys.length < limit) this.#finished = true;
    this.#chunk = Math.min(MAX_CHUNK, limit * 4);
    return this.#keys.length > 0;
  }
}
