import { CommandError } from '../errors.ts';
import type { Catalog } from './catalog.ts';
import type { Store } from './store.ts';

interface Job {
  run: () => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** A transaction ends after so many milliseconds, so that reads get their turn. */
const MAX_TRANSACTION_MS = 30;

type Outcome = { job: Job; value: unknown } | { job: Job; error: unknown };

/**
 * Write commands one after another; all that arrive in one turn of the event loop share a transaction and its flush.
 * A command that fails with a {@link CommandError} has written what it reports and leaves the others alone; any other
 * exception undoes the transaction, and its commands are run again one by one so that only the guilty one fails.
 */
export class WriteQueue {
  readonly #store: Store;
  readonly #catalog: Catalog;
  #jobs: Job[] = [];
  #scheduled = false;

  constructor(store: Store, catalog: Catalog) {
    this.#store = store;
    this.#catalog = catalog;
  }

  /** Runs `action` inside a transaction; the promise settles when its effects are on disk. */
  run<T>(action: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push({ run: action, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const jobs = this.#jobs;
      this.#jobs = [];
      const done = this.#commit(jobs);
      if (done < jobs.length) this.#jobs = jobs.slice(done).concat(this.#jobs);
      if (this.#jobs.length > 0) this.#schedule();
    });
  }

  /** Runs jobs until the time is up; returns how many are finished. */
  #commit(jobs: Job[]): number {
    let outcomes: Outcome[];
    try {
      outcomes = this.#store.transaction(() => {
        const until = performance.now() + MAX_TRANSACTION_MS;
        const results: Outcome[] = [];
        for (const job of jobs) {
          results.push(attempt(job));
          if (performance.now() > until) break;
        }
        this.#catalog.flushCounters();
        return results;
      });
    } catch (error) {
      this.#catalog.reload();
      if (jobs.length === 1) {
        jobs[0]?.reject(error);
      } else {
        for (const job of jobs) this.#commit([job]);
      }
      return jobs.length;
    }
    for (const outcome of outcomes) {
      if ('error' in outcome) outcome.job.reject(outcome.error);
      else outcome.job.resolve(outcome.value);
    }
    return outcomes.length;
  }
}

function attempt(job: Job): Outcome {
  try {
    return { job, value: job.run() };
  } catch (error) {
    if (error instanceof CommandError) return { job, error };
    throw error;
  }
}
