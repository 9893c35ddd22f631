import type { BSONRegExp } from 'bson';
import { Context } from 'mingo/core';
import * as accumulators from 'mingo/operators/accumulator';
import * as expressions from 'mingo/operators/expression';
import * as queryOperators from 'mingo/operators/query';
import { Query } from 'mingo/query';
import { bsonType, decodeExact, decodePromoted, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError } from '../errors.ts';
import { fieldDecoder, fieldsOfFilter } from './fields.ts';
import { COMPARISONS } from './expressions.ts';
import { QUERY_OPERATORS } from './operators.ts';

type MingoOptions = ConstructorParameters<typeof Query>[1];

const { $jsonSchema: _jsonSchema, $where: _where, ...supported } = queryOperators;

/** The operators of queries; ours come first, mingo keeps what a context already has. */
export const queryContext = Context.init()
  .addQueryOps(QUERY_OPERATORS)
  .addQueryOps(supported)
  .addExpressionOps(COMPARISONS)
  .addExpressionOps(expressions)
  .addAccumulatorOps(accumulators);

/** mingo copies its whole operator table for every query unless it gets options that it made itself. */
const readyOptions: MingoOptions = (() => {
  let captured: MingoOptions = {};
  const capture = Context.init().addQueryOps({
    $eq: (_selector: string, _value: unknown, options: unknown) => {
      captured = options as MingoOptions;
      return () => true;
    },
  });
  new Query({ probe: 1 }, { context: capture });
  const own = captured as unknown as { options: Record<string, unknown> };
  own.options.context = queryContext;
  own.options.scriptEnabled = false;
  return captured;
})();

export interface Matcher {
  test(doc: Doc): boolean;
  /** Decodes of a document what the filter needs. */
  decode(bytes: Buffer): Doc;
}

/** Regular expressions of the wire become JavaScript's; what JavaScript cannot do is refused. */
function toRegExp(pattern: string, options: string): RegExp {
  for (const option of options) {
    if (!'imsu'.includes(option)) throw new CommandError(51108, `invalid flag in regex options: ${option}`);
  }
  try {
    return new RegExp(pattern, options.replace('u', ''));
  } catch (error) {
    throw new CommandError(51091, `Regular expression is invalid: ${(error as Error).message}`);
  }
}

/** Prepares a filter from the wire for mingo: regular expressions, `$comment` left out. */
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
    if (name === '$regex') {
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

function refuseUnsupported(filter: unknown): void {
  if (Array.isArray(filter)) filter.forEach(refuseUnsupported);
  if (!isDocument(filter)) return;
  for (const [name, value] of Object.entries(filter)) {
    if (name === '$where' || name === '$function' || name === '$text' || name === '$jsonSchema') {
      throw new CommandError(2, `${name} is not supported by the embedded server`);
    }
    refuseUnsupported(value);
  }
}

/** Decodes what the filter reads, with the number classes where it asks for types. */
function decoderFor(filter: Doc): Matcher['decode'] {
  const decode = usesType(filter) ? decodeExact : decodePromoted;
  const names = fieldsOfFilter(filter);
  return names ? fieldDecoder(names, decode) : decode;
}

const EVERYTHING: Matcher = { test: () => true, decode: decodePromoted };

/** Compiles a filter that went through {@link normalizeFilter}. */
export function compileFilter(filter: Doc, variables?: Doc): Matcher {
  if (Object.keys(filter).length === 0) return EVERYTHING;
  refuseUnsupported(filter);
  try {
    const options = variables
      ? ({ context: queryContext, variables, scriptEnabled: false } as MingoOptions)
      : readyOptions;
    const query = new Query(filter, options);
    return {
      test: (doc) => query.test(doc),
      decode: decoderFor(filter),
    };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandError(2, message.replace('unknown query operator', 'unknown operator:'));
  }
}
