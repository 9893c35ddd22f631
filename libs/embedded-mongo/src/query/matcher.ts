import type { BSONRegExp } from 'bson';
import { bsonType, decodeExact, decodePromoted, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError, unsupported } from '../errors.ts';
import { compileExpression } from './expressions.ts';
import type { Variables } from './expressions.ts';
import { fieldDecoder, fieldsOfFilter } from './fields.ts';
import { compileCondition } from './operators.ts';
import type { Predicate } from './operators.ts';

export interface Matcher {
  test(doc: Doc): boolean;
  /** Decodes of a document what the filter needs. */
  decode(bytes: Buffer): Doc;
}

/** Regular expressions of the wire become JavaScript's; what JavaScript cannot do is refused. */
function toRegExp(pattern: string, options: string): RegExp {
  for (const option of options) {
    if (!'imsu'.includes(option)) throw unsupported(51108, `the regular expression option '${option}'`);
  }
  try {
    return new RegExp(pattern, options.replace('u', ''));
  } catch (error) {
    throw new CommandError(51091, `Regular expression is invalid: ${(error as Error).message}`);
  }
}

/** Prepares a filter from the wire: regular expressions are compiled, `$comment` is left out. */
export function normalizeFilter(filter: unknown): unknown {
  if (Array.isArray(filter)) return filter.map(normalizeFilter);
  if (typeof filter !== 'object' || filter === null) return filter;
  if (bsonType(filter) === 'BSONRegExp') {
    const { pattern, options } = filter as BSONRegExp;
    return toRegExp(pattern, options);
  }
  if (!isDocument(filter)) return filter;
  const result: Doc = {};
  for (const [name, value] of Object.entries(filter)) {
    if (name === '$comment' || name === '$options') continue;
    if (name === '$expr') {
      result[name] = value;
    } else if (name === '$regex') {
      const regex = normalizeFilter(value);
      const options = typeof filter.$options === 'string' ? filter.$options : '';
      if (regex instanceof RegExp) result[name] = options ? toRegExp(regex.source, options) : regex;
      else if (typeof value === 'string') result[name] = toRegExp(value, options);
      else throw new CommandError(2, '$regex has to be a string');
    } else {
      result[name] = normalizeFilter(value);
    }
  }
  if ('$options' in filter && !('$regex' in filter)) throw new CommandError(2, '$options needs a $regex');
  return result;
}

const usesType = (filter: unknown): boolean =>
  Array.isArray(filter)
    ? filter.some(usesType)
    : isDocument(filter) &&
      Object.entries(filter).some(([name, value]) => name === '$type' || usesType(value));

/** Decodes what the filter reads, with the number classes where it asks for types. */
function decoderFor(filter: Doc): Matcher['decode'] {
  const decode = usesType(filter) ? decodeExact : decodePromoted;
  const names = fieldsOfFilter(filter);
  return names ? fieldDecoder(names, decode) : decode;
}

function branches(name: string, value: unknown, variables: Variables | undefined): Predicate[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new CommandError(2, `${name} argument must be a nonempty array`);
  return value.map((part: unknown) => {
    if (!isDocument(part)) throw new CommandError(2, `${name} argument's entries must be objects`);
    return compilePredicate(part, variables);
  });
}

function compileEntry(name: string, value: unknown, variables: Variables | undefined): Predicate {
  switch (name) {
    case '$and': {
      const parts = branches(name, value, variables);
      return (doc) => parts.every((part) => part(doc));
    }
    case '$or': {
      const parts = branches(name, value, variables);
      return (doc) => parts.some((part) => part(doc));
    }
    case '$nor': {
      const parts = branches(name, value, variables);
      return (doc) => !parts.some((part) => part(doc));
    }
    case '$expr': {
      const expression = compileExpression({ $and: [value] }, variables);
      return (doc) => expression(doc) === true;
    }
    default:
      if (name.startsWith('$')) throw unsupported(2, `unknown top level operator: ${name}`);
      return compileCondition(name, value, compilePredicate);
  }
}

/** Compiles a filter that went through {@link normalizeFilter} into one function. */
function compilePredicate(filter: Doc, variables?: Variables): Predicate {
  const parts = Object.entries(filter).map(([name, value]) => compileEntry(name, value, variables));
  const [only, ...others] = parts;
  if (only && others.length === 0) return only;
  return (doc) => parts.every((part) => part(doc));
}

/** Compiles a filter that went through {@link normalizeFilter}. */
export function compileFilter(filter: Doc, variables?: Variables): Matcher {
  const test = compilePredicate(filter, variables);
  return { test, decode: Object.keys(filter).length === 0 ? decodePromoted : decoderFor(filter) };
}
