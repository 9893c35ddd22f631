import { ObjectId } from 'bson';
import { bsonType, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError, unsupported } from '../errors.ts';
import { compareValues } from '../keys/compare.ts';
import { compileFilter, normalizeFilter } from '../query/matcher.ts';
import { matchedPosition } from '../query/projection.ts';
import { applyModifier, MODIFIERS } from './modifiers.ts';
import { getAt, setAt } from './paths.ts';
import { cloneContainers, promote } from './promote.ts';

export interface UpdateSpec {
  /** Normalized filter, with plain numbers. */
  filter: Doc;
  /** The update as it came, number classes and all. */
  update: unknown;
  arrayFilters?: unknown;
  upsert?: boolean;
  multi?: boolean;
}

/** An update that is ready to run on documents with exact number types. */
export interface CompiledUpdate {
  /** The document after the update; the argument may be reused or changed. */
  apply(doc: Doc): Doc;
  /** The document that an upsert inserts. */
  insertDocument(): Doc;
}

function checkConflicts(update: Doc): void {
  const paths: string[] = [];
  const add = (path: string) => {
    const rival = paths.find(
      (have) => have === path || have.startsWith(`${path}.`) || path.startsWith(`${have}.`),
    );
    if (rival !== undefined) {
      throw new CommandError(
        40,
        `Updating the path '${path}' would create a conflict at '${rival.length < path.length ? rival : path}'`,
      );
    }
    paths.push(path);
  };
  for (const [operator, fields] of Object.entries(update)) {
    if (!MODIFIERS.has(operator)) {
      throw new CommandError(
        9,
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    }
    if (!isDocument(fields)) {
      throw new CommandError(
        9,
        `Modifiers operate on fields but we found type ${typeof fields} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${JSON.stringify(fields)}}`,
      );
    }
    for (const [path, argument] of Object.entries(fields)) {
      if (path === '') throw new CommandError(56, 'An empty update path is not valid.');
      if (path.split('.').includes('')) {
        throw new CommandError(
          56,
          `The update path '${path}' contains an empty field name, which is not allowed.`,
        );
      }
      add(path);
      if (operator === '$rename' && typeof argument === 'string') add(argument);
    }
  }
}

function compileArrayFilters(specs: unknown, update: unknown): Map<string, (element: unknown) => boolean> {
  const filters = new Map<string, (element: unknown) => boolean>();
  if (specs === undefined) return filters;
  if (!Array.isArray(specs)) throw new CommandError(14, 'arrayFilters must be an array');
  for (const spec of specs) {
    const criteria = normalizeFilter(promote(spec)) as Doc;
    const names = identifiers(criteria);
    const [name] = names;
    if (names.size !== 1 || name === undefined) {
      throw new CommandError(
        9,
        'Error parsing array filter :: caused by :: Expected a single top-level field name',
      );
    }
    if (filters.has(name))
      throw new CommandError(9, `Found multiple array filters with the same top-level field name ${name}`);
    if (!JSON.stringify(update).includes(`$[${name}]`)) {
      throw new CommandError(9, `The array filter for identifier '${name}' was not used in the update`);
    }
    const matcher = compileFilter(criteria);
    filters.set(name, (element) => matcher.test({ [name]: promote(element) }));
  }
  return filters;
}

function identifiers(criteria: Doc): Set<string> {
  const names = new Set<string>();
  for (const [name, value] of Object.entries(criteria)) {
    if (name.startsWith('$') && Array.isArray(value)) {
      for (const part of value.filter(isDocument)) for (const inner of identifiers(part)) names.add(inner);
    } else {
      names.add(name.split('.')[0] ?? '');
    }
  }
  return names;
}

/** The equalities of a filter become fields of an upserted document. */
function fieldsOfFilter(filter: Doc, doc: Doc = {}): Doc {
  for (const [name, value] of Object.entries(filter)) {
    if (name === '$and' && Array.isArray(value)) {
      for (const part of value.filter(isDocument)) fieldsOfFilter(part, doc);
    } else if (name === '$or' && Array.isArray(value) && value.length === 1 && isDocument(value[0])) {
      fieldsOfFilter(value[0], doc);
    } else if (!name.startsWith('$')) {
      const isOperators = isDocument(value) && (Object.keys(value)[0] ?? '').startsWith('$');
      const all =
        isOperators && Array.isArray(value.$all) && value.$all.length === 1
          ? (value.$all[0] as unknown)
          : undefined;
      const equal = isOperators ? (value.$eq ?? all) : value;
      if (equal !== undefined && !isRegex(equal)) setAt(doc, name.split('.'), cloneContainers(equal));
    }
  }
  return doc;
}

const isRegex = (value: unknown) =>
  value instanceof RegExp ||
  (typeof value === 'object' && value !== null && bsonType(value) === 'BSONRegExp');

function withIdFirst(doc: Doc): Doc {
  const { _id = new ObjectId(), ...rest } = doc;
  return { _id, ...rest };
}

function immutable(): CommandError {
  return new CommandError(
    66,
    "Performing an update on the path '_id' would modify the immutable field '_id'",
  );
}

function checkSameId(before: unknown, doc: Doc): void {
  if (before !== undefined && (doc._id === undefined || compareValues(before, doc._id) !== 0))
    throw immutable();
}

/** Compiles an update: operators or a replacement document. */
export function compileUpdate(spec: UpdateSpec, exactFilter: Doc): CompiledUpdate {
  const { update } = spec;
  if (Array.isArray(update)) throw unsupported(9, 'an update that is a pipeline');
  if (!isDocument(update)) throw new CommandError(9, 'Update argument must be either an object or an array');
  if (!(Object.keys(update)[0] ?? '').startsWith('$')) return replacement(spec, update, exactFilter);
  checkConflicts(update);
  const arrayFilters = compileArrayFilters(spec.arrayFilters, promote(update));
  const now = new Date();
  const operators = Object.entries(update) as [string, Doc][];
  const change = (doc: Doc, original: Doc, inserting: boolean): Doc => {
    const position = (array: string) =>
      inserting ? -1 : matchedPosition(spec.filter, array, promote(original) as Doc);
    for (const [operator, fields] of operators) {
      applyModifier(doc, operator, fields, { position, arrayFilters, now, inserting });
    }
    return doc;
  };
  const positional = operators.some(([, fields]) =>
    Object.keys(fields).some((path) => /\.\$(\.|$)/.test(path)),
  );
  return {
    apply(doc) {
      const id = doc._id;
      const original = positional ? (cloneContainers(doc) as Doc) : doc;
      const result = change(doc, original, false);
      checkSameId(id, result);
      return result;
    },
    insertDocument() {
      const base = fieldsOfFilter(exactFilter);
      const id = getAt(base, ['_id']);
      const result = change(base, base, true);
      checkSameId(id, result);
      return withIdFirst(result);
    },
  };
}

function replacement(spec: UpdateSpec, update: Doc, exactFilter: Doc): CompiledUpdate {
  if (spec.multi) throw new CommandError(9, 'multi update is not supported for replacement-style update');
  const operator = Object.keys(update).find((name) => name.startsWith('$'));
  if (operator) {
    throw new CommandError(
      52,
      `The dollar ($) prefixed field '${operator}' in '${operator}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
    );
  }
  return {
    apply(doc) {
      const { _id, ...rest } = update;
      if (_id !== undefined && compareValues(_id, doc._id) !== 0) throw immutable();
      return { _id: doc._id, ...rest };
    },
    insertDocument() {
      const fromFilter = fieldsOfFilter(exactFilter)._id;
      if (fromFilter !== undefined && update._id !== undefined) checkSameId(fromFilter, update);
      return withIdFirst({
        ...update,
        ...(update._id === undefined && fromFilter !== undefined ? { _id: fromFilter } : {}),
      });
    },
  };
}
