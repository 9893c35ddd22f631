import type { Doc } from '../bson.ts';
import type { Command, Reply, Scope } from '../engine.ts';
import { budgetOf, checkCollation, filterOption, findCollection, numberOption } from '../engine.ts';
import { drive, YIELD } from '../query/budget.ts';
import type { Budget, Yield } from '../query/budget.ts';
import { compileFilter } from '../query/matcher.ts';
import { Matches } from '../query/matches.ts';
import type { Plan } from '../query/plan.ts';
import { plan } from '../query/planner.ts';
import type { CollectionMeta } from '../storage/catalog.ts';

/** The count that an index gives without any document, or undefined when documents have to be looked at. */
export function coveredCount(
  engine: Scope,
  collection: CollectionMeta,
  chosen: Plan,
  filter: Doc,
): number | undefined {
  if (Object.keys(filter).length === 0) return engine.catalog.countOf(collection);
  if (chosen.kind !== 'index' || !chosen.exact || chosen.index.multikey.includes(true)) return undefined;
  let n = 0;
  for (const { start, end } of chosen.intervals) n += engine.store.index.getKeysCount({ start, end });
  return n;
}

/** Counts the matches of a normalized filter; from the index alone where it decides. */
export function countMatches(
  engine: Scope,
  collection: CollectionMeta,
  filter: Doc,
  options: { hint: unknown; limit: number; budget: Budget },
): number | Promise<number> {
  const matcher = compileFilter(filter);
  const chosen = plan(collection, engine.store.index, { filter, hint: options.hint });
  const covered = coveredCount(engine, collection, chosen, filter);
  if (covered !== undefined) return Math.min(covered, options.limit);
  const matches = new Matches(engine.store, engine.records, collection, chosen, matcher, 256);
  let n = 0;
  const step = (): number | Yield => {
    while (n < options.limit) {
      const found = chosen.exact ? matches.nextRecord(options.budget) : matches.next(options.budget);
      if (found === YIELD) return YIELD;
      if (found === undefined || found === -1) break;
      n++;
    }
    return n;
  };
  return drive(options.budget, step);
}

export function count(engine: Scope, command: Command): Reply | Promise<Reply> {
  const { body } = command;
  checkCollation(body.collation);
  const filter = filterOption(body.query, 'query');
  const collection = findCollection(engine, command);
  if (!collection) return { n: 0, ok: 1 };
  const skip = numberOption(body.skip, 0);
  const limit = Math.abs(numberOption(body.limit, 0)) || Infinity;
  const budget = budgetOf(command);
  const counted = countMatches(engine, collection, filter, { hint: body.hint, limit: limit + skip, budget });
  const reply = (n: number): Reply => ({ n: Math.max(0, Math.min(n - skip, limit)), ok: 1 });
  return counted instanceof Promise ? counted.then(reply) : reply(counted);
}
