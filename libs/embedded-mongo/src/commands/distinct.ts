import type { Doc } from '../bson.ts';
import type { Command, Reply, Scope } from '../engine.ts';
import { budgetOf, checkCollation, filterOption, findCollection } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { compareValues } from '../keys/compare.ts';
import { encodeValue } from '../keys/encode.ts';
import { drive, YIELD } from '../query/budget.ts';
import type { Budget, Yield } from '../query/budget.ts';
import { fieldDecoder } from '../query/fields.ts';
import { compileFilter } from '../query/matcher.ts';
import type { Matcher } from '../query/matcher.ts';
import { Matches } from '../query/matches.ts';
import { AFTER, indexPrefix } from '../query/plan.ts';
import { plan } from '../query/planner.ts';
import { analyze } from '../query/predicates.ts';
import { recordOfEntry } from '../query/scan.ts';
import { anyValue } from '../query/values.ts';
import type { CollectionMeta, IndexMeta } from '../storage/catalog.ts';

const MAX_REPLY = 16 * 1024 * 1024;

/** An index that has the field right after fields which the filter fixes, with the bytes of those. */
function skipIndex(
  collection: CollectionMeta,
  key: string,
  filter: Doc,
): { index: IndexMeta; prefix: Buffer; at: number } | undefined {
  const { byPath, complete } = analyze(filter);
  if (!complete) return undefined;
  for (const index of collection.indexes) {
    const at = byPath.size;
    const names = Object.keys(index.key);
    if (
      names[at] !== key ||
      index.isBuilding ||
      index.sparse ||
      index.partialFilterExpression ||
      index.multikey.includes(true)
    )
      continue;
    const fixed = names.slice(0, at).map((name) => byPath.get(name) ?? []);
    if (!fixed.every(([only, ...more]) => only?.op === '$eq' && only.exact && more.length === 0)) continue;
    const parts = fixed.map(([only], i) => encodeValue(only?.value, index.descending[i]));
    return { index, prefix: Buffer.concat([indexPrefix(index), ...parts]), at };
  }
  return undefined;
}

/** Reads one entry for each value and jumps over the others. */
function distinctBySkipping(
  engine: Scope,
  collection: CollectionMeta,
  key: string,
  { index, prefix, at }: { index: IndexMeta; prefix: Buffer; at: number },
  budget: Budget,
): () => unknown[] | undefined | Yield {
  const decode = fieldDecoder(new Set([key.split('.')[0] ?? '']));
  const end = Buffer.concat([prefix, AFTER]);
  const values: unknown[] = [];
  let start: Buffer = prefix;
  return () => {
    for (;;) {
      if (budget.spent()) return YIELD;
      const [entry] = engine.store.index.getRange({ start, end, limit: 1 });
      if (!entry) return values;
      const bytes = engine.records.read(collection, recordOfEntry(index, entry.key, entry.value));
      if (!bytes) return values;
      let found: unknown;
      anyValue(decode(bytes), key.split('.'), 0, (value) => {
        found = value;
        return true;
      });
      // Missing and null have the same key, but only null is a value: the documents have to be looked at.
      if (found === undefined) return undefined;
      values.push(found);
      const component = encodeValue(found, index.descending[at]);
      // A value too long for the index stands cut in it; such values are passed one entry at a time.
      const next = Buffer.concat([prefix, component, AFTER]);
      start = next.length < MAX_SKIP ? next : Buffer.concat([entry.key, Buffer.from([0])]);
    }
  };
}

const MAX_SKIP = 1000;

const unique = (sorted: unknown[]) =>
  sorted.filter((value, i) => i === 0 || compareValues(value, sorted[i - 1]) !== 0);

export function distinct(engine: Scope, command: Command): Reply | Promise<Reply> {
  const { body } = command;
  checkCollation(body.collation);
  if (typeof body.key !== 'string')
    throw new CommandError(14, "BSON field 'distinct.key' is the wrong type, expected type 'string'");
  const filter = filterOption(body.query, 'query');
  const matcher = compileFilter(filter);
  const collection = findCollection(engine, command);
  if (!collection) return { values: [], ok: 1 };
  const skip = body.hint === undefined ? skipIndex(collection, body.key, filter) : undefined;
  const budget = budgetOf(command);
  const { key: fieldPath } = body;
  const scan = () =>
    distinctByScan(engine, collection, { key: fieldPath, filter, matcher, hint: body.hint, budget });
  if (!skip) return scan();
  const skipped = drive(budget, distinctBySkipping(engine, collection, fieldPath, skip, budget));
  const finish = (values: unknown[] | undefined): Reply | Promise<Reply> =>
    values ? { values: unique(values), ok: 1 } : scan();
  return skipped instanceof Promise ? skipped.then(finish) : finish(skipped);
}

interface ScanRequest {
  key: string;
  filter: Doc;
  matcher: Matcher;
  hint: unknown;
  budget: Budget;
}

function distinctByScan(
  engine: Scope,
  collection: CollectionMeta,
  request: ScanRequest,
): Reply | Promise<Reply> {
  const { filter, matcher, budget } = request;
  const chosen = plan(collection, engine.store.index, { filter, hint: request.hint });
  const matches = new Matches(engine.store, engine.records, collection, chosen, matcher, 256);
  const path = request.key.split('.');
  const decode = fieldDecoder(new Set([path[0] ?? '']));
  const seen = new Map<string, unknown>();
  let size = 0;
  const offer = (value: unknown): boolean => {
    if (value === undefined || Array.isArray(value)) return false;
    const key = encodeValue(value).toString('latin1');
    if (!seen.has(key)) {
      seen.set(key, value);
      size += key.length;
      if (size > MAX_REPLY) throw new CommandError(17217, 'distinct too big, 16mb cap');
    }
    return false;
  };
  const done = drive(budget, (): true | Yield => {
    for (;;) {
      const match = matches.next(budget);
      if (match === YIELD) return YIELD;
      if (match === undefined) return true;
      anyValue(decode(match.bytes), path, 0, offer);
    }
  });
  const reply = (): Reply => ({ values: [...seen.values()].sort(compareValues), ok: 1 });
  return done instanceof Promise ? done.then(reply) : reply();
}
