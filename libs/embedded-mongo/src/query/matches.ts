import type { CollectionMeta } from '../storage/catalog.ts';
import type { Records } from '../storage/collection.ts';
import type { Tables } from '../storage/store.ts';
import type { Budget, Yield } from './budget.ts';
import { YIELD } from './budget.ts';
import type { Matcher } from './matcher.ts';
import type { Plan } from './plan.ts';
import { openSource } from './scan.ts';
import type { Examined, RecordSource } from './scan.ts';

export interface Match {
  recordId: number;
  /** Valid until the next read of any document. */
  bytes: Buffer;
}

/** The documents that a filter matches, found by a plan. */
export class Matches {
  readonly examined: Examined = { keys: 0, docs: 0 };
  readonly #records: Records;
  readonly #collection: CollectionMeta;
  readonly #plan: Plan;
  readonly #matcher: Matcher;
  readonly #source: RecordSource;
  #spent = false;

  constructor(
    store: Tables,
    records: Records,
    collection: CollectionMeta,
    plan: Plan,
    matcher: Matcher,
    expected: number,
  ) {
    this.#records = records;
    this.#collection = collection;
    this.#plan = plan;
    this.#matcher = matcher;
    this.#source = openSource(store, collection, plan, expected, this.examined);
  }

  /** The next match, undefined at the end. At a pause what was read ahead is forgotten. */
  next(budget: Budget): Match | undefined | Yield {
    for (;;) {
      if (this.#pause()) return YIELD;
      const recordId = this.#source.next();
      if (recordId === -1) return undefined;
      this.#spent = budget.spent();
      const bytes = this.#records.read(this.#collection, recordId);
      if (!bytes) continue;
      this.examined.docs++;
      if (this.#plan.exact || this.#matcher.test(this.#matcher.decode(bytes))) return { recordId, bytes };
    }
  }

  /** Like {@link next} for the count of an exact plan: no document is read. -1 at the end. */
  nextRecord(budget: Budget): number | Yield {
    if (this.#pause()) return YIELD;
    const recordId = this.#source.next();
    this.#spent = budget.spent();
    return recordId;
  }

  #pause(): boolean {
    if (!this.#spent) return false;
    this.#spent = false;
    this.#source.refresh();
    return true;
  }

  /** Must be called before going on when other commands may have run since. */
  refresh(): void {
    this.#source.refresh();
  }
}
