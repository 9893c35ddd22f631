import type { Database, Transaction as Snapshot } from 'lmdb';
import type { KeyRange, Table } from '../storage/table.ts';

/** A key that a transaction has written; no value means that it removed it. */
interface Written {
  key: Buffer;
  value: Buffer | undefined;
  /** The snapshot's value. */
  base: Buffer | undefined;
}

const nameOf = (key: Buffer) => key.toString('latin1');

/** A table as one transaction sees it: a snapshot and, in memory, the transaction's own writes. */
export class Overlay implements Table {
  readonly #table: Database<Buffer, Buffer>;
  readonly #transaction: Snapshot;
  readonly #written = new Map<string, Written>();
  /** The written keys, in order. */
  readonly #order: string[] = [];
  /** Keys of the snapshot that were written since the last {@link takeFresh}. */
  #fresh: Written[] = [];
  /** Of keys and values, for the limit of a transaction. */
  bytes = 0;

  constructor(table: Database<Buffer, Buffer>, snapshot: Snapshot) {
    this.#table = table;
    this.#transaction = snapshot;
  }

  get isEmpty(): boolean {
    return this.#written.size === 0;
  }

  get(key: Buffer): Buffer | undefined {
    const own = this.isEmpty ? undefined : this.#written.get(nameOf(key));
    return own ? own.value : this.#table.get(key, { transaction: this.#transaction });
  }

  getBinaryFast(key: Buffer): Buffer | undefined {
    return this.get(key);
  }

  putSync(key: Buffer, value: Buffer): void {
    this.#write(key, value);
  }

  removeSync(key: Buffer): void {
    this.#write(key, undefined);
  }

  #write(key: Buffer, value: Buffer | undefined): void {
    const name = nameOf(key);
    const own = this.#written.get(name);
    this.bytes += value?.length ?? 0;
    if (own) {
      this.bytes -= own.value?.length ?? 0;
      own.value = value;
      return;
    }
    const base = this.#table.get(key, { transaction: this.#transaction });
    const written = { key, value, base };
    this.#written.set(name, written);
    if (base) this.#fresh.push(written);
    this.#order.splice(this.#position(name, false), 0, name);
    this.bytes += key.length + (base?.length ?? 0);
  }

  /** Names of the snapshot's keys that were written since the last call; undefined where others were first. */
  takeFresh(): string[] | undefined {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh.every((written) => this.#isCurrent(written))
      ? fresh.map(({ key }) => nameOf(key))
      : undefined;
  }

  /** True while no key that the transaction has written was changed by others since its snapshot. */
  isUnchanged(): boolean {
    for (const written of this.#written.values()) if (!this.#isCurrent(written)) return false;
    return true;
  }

  #isCurrent({ key, base }: Written): boolean {
    const now = this.#table.get(key);
    return base === undefined ? now === undefined : now !== undefined && base.equals(now);
  }

  /** Writes everything into the table itself; call inside a write transaction. */
  apply(): void {
    for (const { key, value } of this.#written.values()) {
      if (value) this.#table.putSync(key, value);
      else this.#table.removeSync(key);
    }
  }

  getRange(range: KeyRange): Iterable<{ key: Buffer; value: Buffer }> {
    const own = this.#within(range);
    const transaction = this.#transaction;
    if (own.length === 0) return this.#table.getRange({ ...range, transaction });
    return this.#merge(own, range);
  }

  getKeys(range: KeyRange): Iterable<Buffer> {
    const own = this.#within(range);
    if (own.length === 0) return this.#table.getKeys({ ...range, transaction: this.#transaction });
    return [...this.#merge(own, range)].map(({ key }) => key);
  }

  getKeysCount(range: KeyRange): number {
    let count = this.#table.getKeysCount({ ...range, transaction: this.#transaction });
    for (const { value, base } of this.#within(range)) count += Number(!!value) - Number(!!base);
    return count;
  }

  /** The place of a name in the order; behind it, where `after` says so and it is there. */
  #position(name: string, after: boolean): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = this.#order[middle] ?? '';
      if (at < name || (after && at === name)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #within({ start, end, reverse, exclusiveStart = false, inclusiveEnd = false }: KeyRange): Written[] {
    if (this.isEmpty) return [];
    const [from, to] = reverse
      ? [this.#position(nameOf(end), !inclusiveEnd), this.#position(nameOf(start), !exclusiveStart)]
      : [this.#position(nameOf(start), exclusiveStart), this.#position(nameOf(end), inclusiveEnd)];
    const names = this.#order.slice(from, to);
    if (reverse) names.reverse();
    return names.flatMap((name) => this.#written.get(name) ?? []);
  }

  *#merge(own: readonly Written[], range: KeyRange): Generator<{ key: Buffer; value: Buffer }> {
    const { offset = 0, limit = Infinity, ...stretch } = range;
    let skip = offset;
    let left = limit;
    for (const entry of this.#inOrder(own, stretch)) {
      if (skip-- > 0) continue;
      if (left-- <= 0) return;
      yield entry;
    }
  }

  *#inOrder(own: readonly Written[], stretch: KeyRange): Generator<{ key: Buffer; value: Buffer }> {
    const sign = stretch.reverse ? -1 : 1;
    let at = 0;
    for (const entry of this.#table.getRange({ ...stretch, transaction: this.#transaction })) {
      let order = -1;
      while (at < own.length) {
        const { key, value } = own[at] as Written;
        order = sign * Buffer.compare(key, entry.key);
        if (order > 0) break;
        at++;
        if (value) yield { key, value };
        if (order === 0) break;
      }
      if (order !== 0) yield entry;
    }
    for (; at < own.length; at++) {
      const { key, value } = own[at] as Written;
      if (value) yield { key, value };
    }
  }
}
