import { CommandError } from '../errors.ts';

/** Asks the event loop to serve others before it goes on. */
export const YIELD = Symbol('yield');
export type Yield = typeof YIELD;

const SLICE_MS = 8;
const CHECK_EVERY = 64;

/** The most that one command, with the cursor it leaves, keeps of documents in memory. */
export const COMMAND_MEMORY = 100 * 1024 * 1024;
/** The most that all commands and open cursors keep together. */
export const SERVER_MEMORY = 400 * 1024 * 1024;

let inUse = 0;

/** Bytes that all commands and open cursors keep now. */
export const memoryInUse = () => inUse;

/** Knows whether the client of a command still waits for its answer. */
export interface Client {
  gone: boolean;
}

/** Watches one command: its maxTimeMS, its turn on the event loop, its memory, and whether its client has left. */
export class Budget {
  #deadline: number;
  readonly #mayYield: boolean;
  #client: Client | undefined;
  #sliceEnd = 0;
  #steps = 0;
  #bytes = 0;

  constructor(maxTimeMS: number | undefined, mayYield: boolean, client?: Client) {
    this.#deadline = maxTimeMS ? performance.now() + maxTimeMS : Infinity;
    this.#mayYield = mayYield;
    this.#client = client;
  }

  /** Starts a new turn. */
  begin(): void {
    this.#sliceEnd = performance.now() + SLICE_MS;
  }

  /** Goes on for a getMore, with its own time and client; the memory stays taken. */
  renew(maxTimeMS: number, client: Client | undefined): void {
    this.#deadline = maxTimeMS ? performance.now() + maxTimeMS : Infinity;
    this.#client = client;
  }

  /** Counts one step; true when the turn is over. Throws when the time is used up or the client has left. */
  spent(): boolean {
    if (++this.#steps % CHECK_EVERY !== 0) return false;
    return this.isOver();
  }

  /** Like {@link spent}, for steps that may be long by themselves. */
  isOver(): boolean {
    const now = performance.now();
    if (now > this.#deadline) throw new CommandError(50, 'operation exceeded time limit');
    if (this.#client?.gone) throw new CommandError(279, 'the client has closed its connection');
    return this.#mayYield && now > this.#sliceEnd;
  }

  /** Takes memory for documents, or throws (292). */
  take(bytes: number): void {
    this.#bytes += bytes;
    inUse += bytes;
    const [limit, who] =
      this.#bytes > COMMAND_MEMORY
        ? [COMMAND_MEMORY, 'this command']
        : [SERVER_MEMORY, 'all commands and cursors'];
    if (this.#bytes <= COMMAND_MEMORY && inUse <= SERVER_MEMORY) return;
    this.release();
    throw new CommandError(
      292,
      `Exceeded the memory limit of ${limit} bytes for ${who} of the embedded store, which never sorts or groups on disk; an index for the sort, a narrower filter or a MongoDB server (MONGODB_URI) is needed.`,
    );
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
    inUse -= bytes;
  }

  /** Gives back everything, at the end of the command and its cursor. */
  release(): void {
    this.give(this.#bytes);
  }
}

/** Runs `step` until it has a result, letting the event loop run in between when it yields. */
export function drive<T>(budget: Budget, step: () => T | Yield): T | Promise<T> {
  budget.begin();
  const first = step();
  if (first !== YIELD) return first;
  return new Promise<T>((resolve, reject) => {
    const again = () => {
      try {
        budget.begin();
        const result = step();
        if (result === YIELD) setImmediate(again);
        else resolve(result);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    setImmediate(again);
  });
}
