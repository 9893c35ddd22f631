import { evalExpr } from 'mingo/core';
import { Lazy } from 'mingo/lazy';
import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError } from '../errors.ts';
import { compareValues } from '../keys/compare.ts';
import { parseSort } from '../query/planner.ts';
import { sortKey } from '../query/sort.ts';
import { anyValue } from '../query/values.ts';

interface Input {
  collect(): Doc[];
  map(change: (doc: Doc) => Doc): unknown;
}

/** Finds the documents whose field has one of the values; given to `$lookup` by the command. */
export type FindByField = (from: string, path: string, values: unknown[]) => Doc[];

function lazily(make: () => Iterable<Doc>): unknown {
  let iterator: Iterator<Doc> | undefined;
  return Lazy((() => (iterator ??= make()[Symbol.iterator]()).next()) as never);
}

/** `$sort` in BSON order; mingo's knows only the types of JavaScript. */
export function sortStage(input: Input, spec: unknown): unknown {
  const sort = parseSort(spec);
  return lazily(() => {
    const rows = input.collect().map((doc) => ({ doc, key: sortKey(doc, sort) }));
    return rows.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ doc }) => doc);
  });
}

/** `$bucket`; mingo puts a value that equals an inner boundary into the bucket before it. */
export function bucketStage(input: Input, spec: unknown, options: unknown): unknown {
  if (!isDocument(spec) || !Array.isArray(spec.boundaries)) {
    throw new CommandError(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified.");
  }
  const boundaries = spec.boundaries as unknown[];
  if (boundaries.length < 2)
    throw new CommandError(40192, "The $bucket 'boundaries' field must have at least 2 values");
  if (boundaries.some((value, i) => i > 0 && compareValues(boundaries[i - 1], value) >= 0)) {
    throw new CommandError(
      40194,
      "The 'boundaries' option to $bucket must be sorted, but elements are not in ascending order",
    );
  }
  const hasDefault = 'default' in spec;
  const output = isDocument(spec.output) ? spec.output : { count: { $sum: 1 } };
  return lazily(() => {
    const buckets = boundaries.map((): Doc[] => []);
    for (const doc of input.collect()) {
      const value: unknown = evalExpr(doc, spec.groupBy, options as never);
      const above = boundaries.findIndex((boundary) => compareValues(value ?? null, boundary) < 0);
      if (above > 0) buckets[above - 1]?.push(doc);
      else if (hasDefault) buckets.at(-1)?.push(doc);
      else
        throw new CommandError(
          40066,
          '$switch could not find a matching branch for an input, and no default was specified.',
        );
    }
    const ids = [...boundaries.slice(0, -1), spec.default];
    const results = buckets.map((docs, i) => ({ id: ids[i], docs })).filter(({ docs }) => docs.length > 0);
    results.sort((a, b) => compareValues(a.id, b.id));
    return results.map(({ id, docs }) => {
      const fields = evalExpr(docs, output, options as never) as Doc;
      return { _id: id, ...fields };
    });
  });
}

/** `$lookup` by equality, one indexed find for each document; the form with a pipeline is mingo's. */
export function lookupStage(
  original: (input: Input, spec: unknown, options: unknown) => unknown,
  findByField: FindByField,
): (input: Input, spec: unknown, options: unknown) => unknown {
  return (input, spec, options) => {
    if (!isDocument(spec) || typeof spec.as !== 'string') {
      throw new CommandError(9, "$lookup argument 'as' must be a string");
    }
    const { from, localField, foreignField, as, pipeline } = spec;
    const byField =
      typeof from === 'string' && typeof localField === 'string' && typeof foreignField === 'string';
    if (!byField || (Array.isArray(pipeline) && pipeline.length > 0) || as.includes('.')) {
      return original(input, spec, options);
    }
    const path = localField.split('.');
    return input.map((doc) => {
      const values: unknown[] = [];
      anyValue(doc, path, 0, (value) => {
        if (!Array.isArray(value)) values.push(value ?? null);
        return false;
      });
      return { ...doc, [as]: values.length > 0 ? findByField(from, foreignField, values) : [] };
    });
  };
}
