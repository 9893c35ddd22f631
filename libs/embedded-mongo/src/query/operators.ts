import type { Query as MingoQuery } from 'mingo/query';
import { Query } from 'mingo/query';
import { bsonType, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError } from '../errors.ts';
import { compareValues, ORDER, toNumber, typeOrder } from '../keys/compare.ts';
import { encodeValue } from '../keys/encode.ts';
import { anyValue, anyWhole, field } from './values.ts';

type Test = (value: unknown) => boolean;
type Predicate = (doc: Doc) => boolean;
type MingoOptions = ConstructorParameters<typeof MingoQuery>[1];
type Operator = (selector: string, value: unknown, options: MingoOptions) => Predicate;

/** Applies a test to all values of a path. */
function onPath(selector: string, test: Test): Predicate {
  if (!selector.includes('.')) {
    return (doc) => {
      const value = field(doc, selector);
      return test(value) || (Array.isArray(value) && value.some(test));
    };
  }
  const path = selector.split('.');
  return (doc) => anyValue(doc, path, 0, test);
}

function onWhole(selector: string, test: Test): Predicate {
  const path = selector.split('.');
  return (doc) => anyWhole(doc, path, 0, test);
}

/** Equality in BSON terms: numbers by value whatever their type, null also for missing. */
export function equals(target: unknown): Test {
  if (target === null || target === undefined) return (value) => value === null || value === undefined;
  switch (typeof target) {
    case 'string':
    case 'boolean':
      return (value) => value === target;
    case 'number':
      return (value) =>
        typeof value === 'number'
          ? value === target || (value !== value && target !== target)
          : value !== undefined && compareValues(value, target) === 0;
    default:
      return (value) => value !== undefined && compareValues(value, target) === 0;
  }
}

/** Ordered comparison; only values of the same type are compared, except with MinKey and MaxKey. */
function ordered(target: unknown, accept: (order: number) => boolean): Test {
  const order = typeOrder(target);
  if (order === ORDER.null || order === ORDER.undefined) {
    return accept(0) ? equals(null) : () => false;
  }
  if (order === ORDER.minKey || order === ORDER.maxKey) {
    return (value) => accept(compareValues(value, target));
  }
  const isNaN = order === ORDER.number && Number.isNaN(toNumber(target));
  return (value) => {
    if (value === undefined || typeOrder(value) !== order) return false;
    if (order === ORDER.number && Number.isNaN(toNumber(value)) !== isNaN) return false;
    return accept(compareValues(value, target));
  };
}

function regexTest(value: unknown): Test {
  if (!(value instanceof RegExp)) throw new CommandError(2, '$regex has to be a string');
  return (candidate) => typeof candidate === 'string' && value.test(candidate);
}

function list(name: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new CommandError(2, `${name} needs an array`);
  return value;
}

export function isOneOf(values: readonly unknown[]): Test {
  const strings = new Set<string>();
  const numbers = new Set<number>();
  const encoded = new Set<string>();
  const regexes: RegExp[] = [];
  let nullish = false;
  for (const value of values) {
    if (value === null || value === undefined) nullish = true;
    else if (value instanceof RegExp) regexes.push(value);
    else if (typeof value === 'string') strings.add(value);
    else {
      if (typeof value === 'number') numbers.add(value);
      encoded.add(encodeValue(value).toString('latin1'));
    }
  }
  return (value) => {
    if (value === null || value === undefined) return nullish;
    if (typeof value === 'string') return strings.has(value) || regexes.some((regex) => regex.test(value));
    if (typeof value === 'number') return numbers.has(value);
    return encoded.size > 0 && encoded.has(encodeValue(value).toString('latin1'));
  };
}

const TYPE_NAMES: Record<string, (value: unknown) => boolean> = (() => {
  const byOrder = (order: number) => (value: unknown) => value !== undefined && typeOrder(value) === order;
  const byClass = (name: string) => (value: unknown) =>
    typeof value === 'object' && value !== null && bsonType(value) === name;
  return {
    double: byClass('Double'),
    string: byOrder(ORDER.string),
    object: byOrder(ORDER.object),
    array: byOrder(ORDER.array),
    binData: byOrder(ORDER.binary),
    objectId: byOrder(ORDER.objectId),
    bool: byOrder(ORDER.boolean),
    date: byOrder(ORDER.date),
    null: (value) => value === null,
    regex: byOrder(ORDER.regex),
    javascript: byClass('Code'),
    int: byClass('Int32'),
    timestamp: byOrder(ORDER.timestamp),
    long: byClass('Long'),
    decimal: byClass('Decimal128'),
    minKey: byOrder(ORDER.minKey),
    maxKey: byOrder(ORDER.maxKey),
    number: byOrder(ORDER.number),
  };
})();

const TYPE_CODES: Record<number, string> = {
  1: 'double',
  2: 'string',
  3: 'object',
  4: 'array',
  5: 'binData',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  10: 'null',
  11: 'regex',
  13: 'javascript',
  16: 'int',
  17: 'timestamp',
  18: 'long',
  19: 'decimal',
  [-1]: 'minKey',
  127: 'maxKey',
};

function typeTest(value: unknown): Test {
  const tests = (Array.isArray(value) ? value : [value]).map((type) => {
    const name = typeof type === 'number' ? TYPE_CODES[type] : String(type);
    const test = name === undefined ? undefined : TYPE_NAMES[name];
    if (!test) throw new CommandError(2, `Unknown type name alias: ${String(type)}`);
    return test;
  });
  return (candidate) => tests.some((test) => test(candidate));
}

/** A test of single array elements, by a query on their fields or by operators on themselves. */
export function elementTest(criteria: unknown, options: MingoOptions): Test {
  if (!isDocument(criteria)) throw new CommandError(2, '$elemMatch needs an Object');
  const first = Object.keys(criteria)[0] ?? '';
  const byValue = first.startsWith('$') && !['$and', '$or', '$nor', '$expr'].includes(first);
  if (!byValue) {
    const query = new Query(criteria, options);
    return (element) => (isDocument(element) || Array.isArray(element)) && query.test(element as Doc);
  }
  const query = new Query({ element: criteria }, options);
  return (element) => query.test({ element });
}

function elemMatch(selector: string, criteria: unknown, options: MingoOptions): Predicate {
  const test = elementTest(criteria, options);
  return onWhole(selector, (value) => Array.isArray(value) && value.some(test));
}

function all(selector: string, value: unknown, options: MingoOptions): Predicate {
  const predicates = list('$all', value).map((wanted) => {
    if (isDocument(wanted) && '$elemMatch' in wanted) return elemMatch(selector, wanted.$elemMatch, options);
    return onPath(selector, wanted instanceof RegExp ? regexTest(wanted) : equals(wanted));
  });
  return (doc) => predicates.length > 0 && predicates.every((predicate) => predicate(doc));
}

function size(selector: string, value: unknown): Predicate {
  const length = toNumber(value);
  if (!Number.isInteger(length) || length < 0) {
    throw new CommandError(2, `Failed to parse $size. Expected a non-negative integer: ${String(value)}`);
  }
  return onWhole(selector, (array) => Array.isArray(array) && array.length === length);
}

function modulo(selector: string, value: unknown): Predicate {
  const parts = list('$mod', value);
  if (parts.length !== 2) throw new CommandError(2, 'malformed mod, needs to be an array of two numbers');
  const [divisor = NaN, remainder = NaN] = parts.map((part) => Math.trunc(toNumber(part)));
  if (divisor === 0) throw new CommandError(2, 'divisor cannot be 0');
  return onPath(selector, (candidate) => {
    if (candidate === undefined || typeOrder(candidate) !== ORDER.number) return false;
    return Math.trunc(toNumber(candidate)) % divisor === remainder;
  });
}

const not =
  (operator: Operator): Operator =>
  (selector, value, options) => {
    const predicate = operator(selector, value, options);
    return (doc) => !predicate(doc);
  };

const eq: Operator = (selector, value) => onPath(selector, equals(value));
const oneOf: Operator = (selector, value) => onPath(selector, isOneOf(list('$in', value)));

/**
 * The comparison operators for mingo's query compiler. mingo's own compare JavaScript values (no BSON order across
 * types, numbers only as doubles, missing fields inside arrays not seen as null); these follow MongoDB and take the
 * number classes of bson as well.
 */
export const QUERY_OPERATORS: Record<`$${string}`, Operator> = {
  $eq: eq,
  $ne: not(eq),
  $in: oneOf,
  $nin: not(oneOf),
  $gt: (selector, value) =>
    onPath(
      selector,
      ordered(value, (order) => order > 0),
    ),
  $gte: (selector, value) =>
    onPath(
      selector,
      ordered(value, (order) => order >= 0),
    ),
  $lt: (selector, value) =>
    onPath(
      selector,
      ordered(value, (order) => order < 0),
    ),
  $lte: (selector, value) =>
    onPath(
      selector,
      ordered(value, (order) => order <= 0),
    ),
  $exists: (selector, value) => {
    const wanted = value !== false && value !== 0 && value !== null;
    const exists = onWhole(selector, (candidate) => candidate !== undefined);
    return (doc) => exists(doc) === wanted;
  },
  $regex: (selector, value) => onPath(selector, regexTest(value)),
  $type: (selector, value) => onPath(selector, typeTest(value)),
  $elemMatch: elemMatch,
  $all: all,
  $size: size,
  $mod: modulo,
};
