import { CommandError } from './errors.ts';
import type { Budget, Yield } from './query/budget.ts';
import { YIELD } from './query/budget.ts';

/** Documents on their way to a client, as BSON. */
export interface ResultStream {
  next(budget: Budget): Buffer | undefined | Yield;
  /** Called before going on when other commands may have run since. */
  refresh(): void;
}

interface Cursor {
  stream: ResultStream;
  ns: string;
  usedAt: number;
  /** Read ahead but without room in the last reply. */
  pending: Buffer | undefined;
  /** Holds the memory of the stream until the cursor is closed. */
  budget: Budget;
}

const IDLE_MS = 10 * 60_000;
/** More open cursors are refused: each is a client that has not read to the end. */
const MAX_CURSORS = 1000;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;

/** Collects one batch; resumable, since the stream may ask for a pause. */
export class Batch {
  readonly documents: Buffer[] = [];
  #bytes = 0;
  exhausted = false;
  pending: Buffer | undefined;
  readonly #stream: ResultStream;
  readonly #size: number;

  constructor(stream: ResultStream, size: number, pending: Buffer | undefined) {
    this.#stream = stream;
    this.#size = size;
    if (pending) this.#add(pending);
  }

  #add(document: Buffer): void {
    this.documents.push(document);
    this.#bytes += document.length + 16;
  }

  fill(budget: Budget): true | Yield {
    while (this.documents.length < this.#size) {
      const document = this.#stream.next(budget);
      if (document === YIELD) return YIELD;
      if (document === undefined) {
        this.exhausted = true;
        return true;
      }
      if (this.documents.length > 0 && this.#bytes + document.length > MAX_BATCH_BYTES) {
        this.pending = document;
        return true;
      }
      this.#add(document);
    }
    return true;
  }
}

/** The cursors that wait for a getMore. */
export class Cursors {
  readonly #open = new Map<number, Cursor>();
  #lastId = Math.floor(Math.random() * 2 ** 40);

  add(cursor: Omit<Cursor, 'usedAt'>): number {
    if (this.#open.size >= MAX_CURSORS) {
      throw new CommandError(
        96,
        `There are ${MAX_CURSORS} open cursors already; the embedded store has no room for more. Read cursors to the end, or close them.`,
      );
    }
    const id = ++this.#lastId;
    this.#open.set(id, { ...cursor, usedAt: Date.now() });
    return id;
  }

  /** Takes a cursor for a getMore; it is put back with {@link keep}. */
  take(id: number, ns: string): Cursor {
    const cursor = this.#open.get(id);
    if (!cursor || cursor.ns !== ns) throw new CommandError(43, `cursor id ${id} not found`);
    this.#open.delete(id);
    return cursor;
  }

  keep(id: number, cursor: Cursor): void {
    this.#open.set(id, { ...cursor, usedAt: Date.now() });
  }

  kill(id: number): boolean {
    this.#open.get(id)?.budget.release();
    return this.#open.delete(id);
  }

  /** Ends the cursors of a collection that is gone. */
  killNamespace(matches: (ns: string) => boolean): void {
    for (const [id, { ns }] of this.#open) if (matches(ns)) this.kill(id);
  }

  expire(now: number): void {
    for (const [id, { usedAt }] of this.#open) if (now - usedAt > IDLE_MS) this.kill(id);
  }

  get size(): number {
    return this.#open.size;
  }
}
