import { CommandError } from '../errors.ts';

/** Returned by a step that wants the event loop to serve others before it goes on. */
export const YIELD = Symbol('yield');
export type Yield = typeof YIELD;

const SLICE_MS = 8;
const CHECK_EVERY = 64;

/** Watches the time of one command: its maxTimeMS, and its turn on the event loop. */
export class Budget {
  readonly #deadline: number;
  readonly #mayYield: boolean;
  #sliceEnd = 0;
  #steps = 0;

  constructor(maxTimeMS: number | undefined, mayYield: boolean) {
    this.#deadline = maxTimeMS ? performance.now() + maxTimeMS : Infinity;
    this.#mayYield = mayYield;
  }

  /** Starts a new turn. */
  begin(): void {
    this.#sliceEnd = performance.now() + SLICE_MS;
  }

  /** Counts one step; true when the turn is over. Throws when the command has used up its time. */
  spent(): boolean {
    if (++this.#steps % CHECK_EVERY !== 0) return false;
    const now = performance.now();
    if (now > this.#deadline) throw new CommandError(50, 'operation exceeded time limit');
    return this.#mayYield && now > this.#sliceEnd;
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
