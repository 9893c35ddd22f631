import type { Doc } from '../bson.ts';
import { isDocument } from '../bson.ts';
import { CommandError, unsupported } from '../errors.ts';
import { toNumber } from '../keys/compare.ts';
import type { CollectionMeta, IndexMeta } from '../storage/catalog.ts';
import type { Table } from '../storage/table.ts';
import { bestOf, candidates, isBounded, planById, planUnion } from './plan.ts';
import type { IndexPlan, Plan, Sort } from './plan.ts';
import { analyze } from './predicates.ts';

/** Parses a sort document; `$natural` is kept as a path of its own. */
export function parseSort(sort: unknown): Sort {
  if (sort === undefined || sort === null) return [];
  if (!isDocument(sort)) throw new CommandError(14, 'Expected field sort to be of type object');
  return Object.entries(sort).map(([path, value]) => {
    if (isDocument(value)) throw unsupported(2, 'a sort by $meta');
    const direction = toNumber(value);
    if (direction !== 1 && direction !== -1) {
      throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    }
    return [path, direction] as const;
  });
}

function findHint(collection: CollectionMeta, hint: unknown): IndexMeta | 'natural' | undefined {
  if (hint === undefined || hint === null || hint === '') return undefined;
  if (isDocument(hint) && '$natural' in hint) return 'natural';
  const byKey = JSON.stringify(
    isDocument(hint) ? Object.entries(hint).map(([k, v]) => [k, toNumber(v)]) : [],
  );
  const found = collection.indexes.find(({ name, key, isBuilding }) =>
    isBuilding
      ? false
      : typeof hint === 'string'
        ? name === hint
        : JSON.stringify(Object.entries(key)) === byKey,
  );
  if (!found) {
    throw new CommandError(
      2,
      'error processing query: planner returned error: hint provided does not correspond to an existing index',
    );
  }
  return found;
}

/** Where two plans differ in kind, so many entries are counted to see whether the narrower one is cheap anyway. */
const PROBE = 1000;

function isSmall(plan: IndexPlan, index: Table): boolean {
  let left = PROBE;
  for (const { start, end } of plan.intervals) {
    // Counting goes to the end of the interval, whatever limit it is given; skipping stops where it is told.
    // Taken apart, which ends the iterator: one that is left open keeps its reader, and its snapshot, until it is collected.
    const [beyond] = index.getKeys({ start, end, offset: left - 1, limit: 1 });
    if (beyond) return false;
    left -= index.getKeysCount({ start, end });
  }
  return true;
}

export interface PlanRequest {
  filter: Doc;
  sort?: Sort;
  hint?: unknown;
  /** True when only the first few results are wanted, which favours an index in sort order. */
  limited?: boolean;
}

/** Chooses how to find the documents of a normalized filter. */
export function plan(collection: CollectionMeta, index: Table, request: PlanRequest): Plan {
  const { filter, sort = [], limited = false } = request;
  const analysis = analyze(filter);
  const hinted = findHint(collection, request.hint);
  const natural = sort[0]?.[0] === '$natural' ? sort[0][1] : undefined;
  const scan: Plan = {
    kind: 'scan',
    reverse: natural === -1,
    sorted: sort.length === 0 || natural !== undefined,
    exact: analysis.complete && analysis.byPath.size === 0,
  };
  if (hinted === 'natural' || natural !== undefined) return scan;
  // One document at most: nothing can be better, and most writes are about one.
  const byId = hinted ? undefined : planById(collection, analysis);
  if (byId) return byId;
  const plans = candidates(collection, analysis, sort, hinted);
  if (hinted) return plans[0] ?? scan;
  const best = chooseForSort(plans, sort, limited, index) ?? scan;
  const narrow = best.kind === 'index' && (best.equalities > 0 || best.points > 0 || best.hasRange);
  if (!narrow && analysis.or) {
    const union = planUnion(collection, filter, analysis.or);
    if (
      union &&
      !(best.sorted && sort.length > 0 && limited && !union.branches.every((b) => isSmall(b, index)))
    ) {
      return union;
    }
  }
  return best;
}

/**
 * An index that narrows well but does not sort competes with one that sorts: the first wins when it finds little, the
 * second when only the first results are wanted.
 */
function chooseForSort(
  plans: IndexPlan[],
  sort: Sort,
  limited: boolean,
  index: Table,
): IndexPlan | undefined {
  const best = bestOf(plans);
  if (!best || sort.length === 0) return best;
  const sorting = bestOf(plans.filter(({ sorted }) => sorted));
  const narrowing = bestOf(plans.filter(({ sorted }) => !sorted));
  if (!sorting || !narrowing) return best;
  const narrower =
    (isBounded(narrowing) && !isBounded(sorting)) ||
    narrowing.equalities + narrowing.points > sorting.equalities + sorting.points ||
    narrowing.hasRange;
  if (!narrower) return sorting;
  if (isSmall(narrowing, index)) return narrowing;
  return limited ? sorting : best;
}
