import type { Doc } from '../bson.ts';
import type { Command, Scope } from '../engine.ts';
import { budgetOf } from '../engine.ts';
import { drive, YIELD } from '../query/budget.ts';
import type { Budget, Yield } from '../query/budget.ts';
import type { Matcher } from '../query/matcher.ts';
import { Matches } from '../query/matches.ts';
import { parseSort, plan } from '../query/planner.ts';
import { Sorter } from '../query/sort.ts';
import type { CollectionMeta } from '../storage/catalog.ts';

/** What a write is about. */
export interface Target {
  filter: Doc;
  matcher: Matcher;
  sort?: unknown;
  hint?: unknown;
  /** 1, or Infinity for all. */
  limit: number;
}

/** Records that were found for a write. */
export interface Found {
  records: readonly number[];
  at: number;
  /** Set where others may have changed the records since they were found. */
  verify: boolean;
  attempt: number;
}

/** Gives the records of a target once it has looked far enough, with pauses. */
function collector(
  engine: Scope,
  collection: CollectionMeta,
  target: Target,
  budget: Budget,
): () => number[] | Yield {
  const sort = parseSort(target.sort);
  const { filter, matcher, hint, limit } = target;
  const chosen = plan(collection, engine.store.index, { filter, sort, hint, limited: limit === 1 });
  const expected = Number.isFinite(limit) ? limit : 256;
  const matches = new Matches(engine.store, engine.records, collection, chosen, matcher, expected);
  const sorter = chosen.sorted || sort.length === 0 ? undefined : new Sorter<number>(sort, limit);
  const found: number[] = [];
  return () => {
    while (found.length < limit) {
      const match = matches.next(budget);
      if (match === YIELD) return YIELD;
      if (!match) break;
      const { recordId, bytes } = match;
      if (sorter) {
        sorter.add(bytes, 16, () => recordId, budget);
      } else {
        budget.take(8);
        found.push(recordId);
      }
    }
    return sorter ? sorter.result() : found;
  };
}

/**
 * The records that a write is about, found before anything is changed, so that a document that moves in an index is not
 * met twice. A scan that is over within its turn is done at once; a longer one is left to {@link scanTarget}.
 */
export function findTarget(
  engine: Scope,
  command: Command,
  collection: CollectionMeta,
  target: Target,
): Found | Yield {
  const budget = budgetOf(command);
  budget.begin();
  try {
    const records = collector(engine, collection, target, budget)();
    return records === YIELD ? YIELD : { records, at: 0, verify: false, attempt: 0 };
  } finally {
    budget.release();
  }
}

/** Like {@link findTarget}, outside a transaction and with pauses; the records have to be verified. */
export async function scanTarget(
  engine: Scope,
  command: Command,
  collection: CollectionMeta,
  target: Target,
  attempt: number,
): Promise<Found> {
  const budget = budgetOf(command);
  try {
    const records = await drive(budget, collector(engine, collection, target, budget));
    return { records, at: 0, verify: true, attempt };
  } finally {
    budget.release();
  }
}

/** The bytes of a found record, copied; undefined where it is gone or, as far as that is open, matches no more. */
export function readTarget(
  engine: Scope,
  collection: CollectionMeta,
  { matcher }: Target,
  record: number,
  verify: boolean,
): Buffer | undefined {
  const read = engine.records.read(collection, record);
  if (!read) return undefined;
  const bytes = Buffer.from(read);
  return !verify || matcher.test(matcher.decode(bytes)) ? bytes : undefined;
}
