import type { Doc } from '../bson.ts';
import { isDocument } from '../bson.ts';
import { compareValues } from '../keys/compare.ts';
import { cutToLimit } from '../keys/encode.ts';
import type { CollectionMeta, IndexMeta } from '../storage/catalog.ts';
import { fieldBounds } from './bounds.ts';
import type { FieldBounds } from './bounds.ts';
import { analyze } from './predicates.ts';
import type { Analysis, Condition } from './predicates.ts';

/** A stretch of an index: `start` inclusive, `end` exclusive. */
export interface KeyInterval {
  start: Buffer;
  end: Buffer;
  /** Length of the part that is the same for all keys of the interval. */
  prefix: number;
}

export interface IndexPlan {
  kind: 'index';
  index: IndexMeta;
  intervals: KeyInterval[];
  reverse: boolean;
  /** The entries come in the order of the sort. */
  sorted: boolean;
  /** They do so only when the intervals are merged by what follows their constant part. */
  merge: boolean;
  /** Every entry belongs to a match, so documents need not be tested. */
  exact: boolean;
  /** Fields with a single value, with several, and whether a range follows; for choosing between plans. */
  equalities: number;
  points: number;
  hasRange: boolean;
}

export interface UnionPlan {
  kind: 'union';
  branches: IndexPlan[];
  sorted: false;
  exact: false;
}

export interface ScanPlan {
  kind: 'scan';
  reverse: boolean;
  sorted: boolean;
  exact: boolean;
}

export type Plan = IndexPlan | UnionPlan | ScanPlan;

export type Sort = readonly (readonly [path: string, direction: 1 | -1])[];

/** More combinations of `$in` values than this are not spelled out. */
const MAX_INTERVALS = 20_000;
/** Sorts after all bytes that can follow a field: the first byte of a type, plain or inverted, or of a record number. */
export const AFTER = Buffer.from([0xff, 0xff, 0xff, 0xff]);

export function indexPrefix(index: IndexMeta): Buffer {
  const prefix = Buffer.allocUnsafe(4);
  prefix.writeUInt32BE(index.id, 0);
  return prefix;
}

function toInterval(prefix: Buffer, range: FieldBounds['range']): KeyInterval {
  if (!range) return { start: prefix, end: Buffer.concat([prefix, AFTER]), prefix: prefix.length };
  const { low, lowInclusive, high, highInclusive } = range;
  const start = Buffer.concat(lowInclusive ? [prefix, low] : [prefix, low, AFTER]);
  const end = Buffer.concat(highInclusive ? [prefix, high, AFTER] : [prefix, high]);
  return { start, end, prefix: prefix.length };
}

/** True when every document that the filter matches satisfies the index's partialFilterExpression. */
export function impliesPartial(partial: Doc, analysis: Analysis): boolean {
  const needed = analyze(partial);
  if (!needed.complete && [...needed.byPath.values()].flat().every(({ op }) => op !== '$exists'))
    return false;
  for (const [path, conditions] of needed.byPath) {
    const given = analysis.byPath.get(path) ?? [];
    if (!conditions.every((condition) => given.some((have) => implies(have, condition)))) return false;
  }
  return Object.keys(partial).every((path) => needed.byPath.has(path) || path === '$and');
}

function implies(have: Condition, need: Condition): boolean {
  const values = have.op === '$in' ? (have.value as unknown[]) : [have.value];
  const order = (value: unknown) => compareValues(value, need.value);
  const sameType = values.every((value) => typeof value === typeof need.value);
  switch (need.op) {
    case '$exists':
      return have.op !== '$exists' ? !values.includes(null) : true;
    case '$eq':
      return (have.op === '$eq' || have.op === '$in') && values.every((value) => order(value) === 0);
    case '$in':
      return (
        (have.op === '$eq' || have.op === '$in') &&
        values.every((value) => (need.value as unknown[]).some((other) => compareValues(value, other) === 0))
      );
    case '$gt':
    case '$gte': {
      if (!sameType || !['$eq', '$in', '$gt', '$gte'].includes(have.op)) return false;
      const strict = need.op === '$gt' && have.op !== '$gt';
      return values.every((value) => (strict ? order(value) > 0 : order(value) >= 0));
    }
    case '$lt':
    case '$lte': {
      if (!sameType || !['$eq', '$in', '$lt', '$lte'].includes(have.op)) return false;
      const strict = need.op === '$lt' && have.op !== '$lt';
      return values.every((value) => (strict ? order(value) < 0 : order(value) <= 0));
    }
    default:
      return false;
  }
}

/** Whether the index holds every document that the filter can match. */
function covers(index: IndexMeta, analysis: Analysis): boolean {
  if (index.partialFilterExpression && !impliesPartial(index.partialFilterExpression, analysis)) return false;
  if (!index.sparse) return true;
  return Object.keys(index.key).some((path) =>
    (analysis.byPath.get(path) ?? []).some(({ op, value, exact }) =>
      op === '$in'
        ? !(value as unknown[]).includes(null)
        : exact || op === '$exists' || (op === '$eq' && value !== null),
    ),
  );
}

/** Builds the best use of one index, or undefined when it is of none. */
export function planIndex(
  index: IndexMeta,
  analysis: Analysis,
  sort: Sort,
  forced: boolean,
): IndexPlan | undefined {
  if (!forced && !covers(index, analysis)) return undefined;
  const names = Object.keys(index.key);
  const bounds: FieldBounds[] = [];
  let prefixes: Buffer[] = [indexPrefix(index)];
  let range: FieldBounds['range'];
  let used = 0;
  let exact = analysis.complete;
  let arraySeen = false;
  for (const [i, name] of names.entries()) {
    const conditions = analysis.byPath.get(name);
    const multikey = index.multikey[i] ?? false;
    // Two fields of the same array cannot both be narrowed: different elements may match.
    if (!conditions || (multikey && arraySeen)) break;
    arraySeen ||= multikey;
    const found = fieldBounds(conditions, index.descending[i] ?? false, multikey);
    if (!found) break;
    if (found.points && prefixes.length * found.points.length > MAX_INTERVALS) break;
    used++;
    exact &&= found.exact;
    bounds.push(found);
    if (!found.points) {
      range = found.range;
      break;
    }
    const { points } = found;
    prefixes = prefixes.flatMap((prefix) => points.map((point) => Buffer.concat([prefix, point])));
  }
  const order = sortOrder(index, bounds, sort);
  if (used === 0 && order === undefined && !forced) return undefined;
  exact &&= used === analysis.byPath.size && used === bounds.length;
  const whole = used === names.length && !range;
  const intervals = prefixes.map((prefix) => {
    if (prefix.length > 1904)
      return toInterval(Buffer.concat([prefix.subarray(0, 4), cutToLimit(prefix.subarray(4))]), range);
    return toInterval(prefix, range);
  });
  if (prefixes.some(({ length }) => length > 1904) && !whole) return undefined;
  const reverse = order?.reverse ?? false;
  if (reverse) intervals.reverse();
  return {
    kind: 'index',
    index,
    intervals,
    reverse,
    sorted: order !== undefined,
    merge: order?.merge ?? false,
    exact,
    equalities: bounds.filter(({ points }) => points?.length === 1).length,
    points: bounds.filter(({ points }) => points && points.length !== 1).length,
    hasRange: range !== undefined,
  };
}

/** Whether the index gives the order of the sort, and how it has to be read. */
function sortOrder(
  index: IndexMeta,
  bounds: readonly FieldBounds[],
  sort: Sort,
): { reverse: boolean; merge: boolean } | undefined {
  if (sort.length === 0) return undefined;
  const fields = Object.entries(index.key);
  const single = (i: number) => bounds[i]?.points?.length === 1 && !index.multikey[i];
  const several = (i: number) => (bounds[i]?.points?.length ?? 0) > 1;
  const constant = (path: string) => fields.some(([name], i) => name === path && single(i));
  let direction = 0;
  let i = 0;
  let merge = false;
  let inTurn = false;
  for (const [path, wanted] of sort) {
    if (constant(path)) continue;
    while (i < fields.length && fields[i]?.[0] !== path && (single(i) || canMerge(bounds, i))) {
      merge ||= several(i);
      i++;
    }
    const field = fields[i];
    if (field?.[0] !== path || index.multikey[i]) return undefined;
    inTurn ||= several(i);
    // Intervals are either merged or read in turn; a mixture would be neither order.
    if (merge && inTurn) return undefined;
    const needed = wanted * field[1];
    if (direction !== 0 && direction !== needed) return undefined;
    direction = needed;
    i++;
  }
  return { reverse: direction < 0, merge };
}

/** Entries under several values of a leading field can be merged into the order of what follows. */
function canMerge(bounds: readonly FieldBounds[], i: number): boolean {
  const points = bounds[i]?.points;
  return points !== undefined && points.length > 1 && points.length <= 100;
}

/** Plans for the branches of a `$or`, when every one of them has an index. */
export function planUnion(
  collection: CollectionMeta,
  filter: Doc,
  branches: readonly Doc[],
): UnionPlan | undefined {
  const rest = Object.fromEntries(Object.entries(filter).filter(([name]) => name !== '$or'));
  const plans: IndexPlan[] = [];
  for (const branch of branches) {
    const analysis = analyze({ $and: [branch, rest].filter(isDocument) });
    const best = bestOf(candidates(collection, analysis, [], undefined).filter(narrows));
    if (!best) return undefined;
    plans.push(best);
  }
  return plans.length > 0 ? { kind: 'union', branches: plans, sorted: false, exact: false } : undefined;
}

const narrows = ({ equalities, points, hasRange }: IndexPlan) => equalities > 0 || points > 0 || hasRange;

/** The lookup of one id, where the filter names it. */
export function planById(collection: CollectionMeta, analysis: Analysis): IndexPlan | undefined {
  if (!analysis.byPath.has('_id')) return undefined;
  const index = collection.indexes.find(({ name }) => name === '_id_');
  const found = index && planIndex(index, analysis, [], false);
  return found && isBounded(found) && found.intervals.length === 1 ? found : undefined;
}

export function candidates(
  collection: CollectionMeta,
  analysis: Analysis,
  sort: Sort,
  hinted: IndexMeta | undefined,
): IndexPlan[] {
  const indexes = hinted ? [hinted] : collection.indexes.filter(({ isBuilding }) => !isBuilding);
  return indexes
    .map((index) => planIndex(index, analysis, sort, hinted !== undefined))
    .filter((plan): plan is IndexPlan => plan !== undefined);
}

/** Each of its intervals holds one document at most, so that how much it finds is known beforehand. */
export function isBounded({ index, equalities, points }: IndexPlan): boolean {
  return index.unique && equalities + points === index.paths.length;
}

function score(plan: IndexPlan): number {
  return (
    // The fewer the better, and better than any index of which only the filter is known.
    (isBounded(plan) ? 1000 - (plan.intervals.length - 1) * 0.04 : 0) +
    plan.equalities * 20 +
    plan.points * 12 +
    (plan.hasRange ? 8 : 0) +
    (plan.sorted ? 9 : 0) +
    (plan.exact ? 1 : 0) -
    plan.index.paths.length * 0.1
  );
}

export function bestOf(plans: readonly IndexPlan[]): IndexPlan | undefined {
  let best: IndexPlan | undefined;
  for (const plan of plans) if (!best || score(plan) > score(best)) best = plan;
  return best;
}
