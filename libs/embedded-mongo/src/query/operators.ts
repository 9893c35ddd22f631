import { bsonType, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError, unsupported } from '../errors.ts';
import { compareValues, ORDER, toNumber, typeOrder } from '../keys/compare.ts';
import { encodeValue } from '../keys/encode.ts';
import { anyValue, anyWhole, field } from './values.ts';

export type Test = (value: unknown) => boolean;
export type Predicate = (doc: Doc) => boolean;
/** Compiles a filter on the fields of array elements that are documents. */
type CompileFilter = (filter: Doc) => Predicate;

/** A condition on the values of a path. */
interface Condition {
  test: Test;
  /** An array is offered only as a whole, not by element. */
  whole?: boolean;
  /** True where no value passes the test. */
  negated?: boolean;
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

/** Tells operators from a document that is a value. */
const isOperators = (value: unknown): value is Doc =>
  isDocument(value) && (Object.keys(value)[0] ?? '').startsWith('$');

/** A test of single array elements, by a filter on their fields or by operators on themselves. */
export function elementTest(criteria: unknown, compile: CompileFilter): Test {
  if (!isDocument(criteria)) throw new CommandError(2, '$elemMatch needs an Object');
  const first = Object.keys(criteria)[0] ?? '';
  if (first.startsWith('$') && !['$and', '$or', '$nor', '$expr'].includes(first)) {
    const conditions = operatorConditions(criteria, compile);
    // Elements are taken as they are: an array among them is not searched.
    return (element) => conditions.every(({ test, negated }) => test(element) !== (negated ?? false));
  }
  const matches = compile(criteria);
  return (element) =>
    (isDocument(element) && matches(element)) || (Array.isArray(element) && matches({ ...element }));
}

function elemMatch(criteria: unknown, compile: CompileFilter): Condition {
  const test = elementTest(criteria, compile);
  return { whole: true, test: (value) => Array.isArray(value) && value.some(test) };
}

function all(value: unknown, compile: CompileFilter): Condition[] {
  const wanted = list('$all', value);
  if (wanted.length === 0) return [{ test: () => false }];
  return wanted.map((item) => {
    if (isDocument(item) && '$elemMatch' in item) return elemMatch(item.$elemMatch, compile);
    if (isOperators(item)) throw new CommandError(2, 'no $ expressions in $all');
    return { test: item instanceof RegExp ? regexTest(item) : equals(item) };
  });
}

function size(value: unknown): Test {
  const length = toNumber(value);
  if (!Number.isInteger(length) || length < 0) {
    throw new CommandError(2, `Failed to parse $size. Expected a non-negative integer: ${String(value)}`);
  }
  return (array) => Array.isArray(array) && array.length === length;
}

function modulo(value: unknown): Test {
  const parts = list('$mod', value);
  if (parts.length !== 2) throw new CommandError(2, 'malformed mod, needs to be an array of two numbers');
  const [divisor = NaN, remainder = NaN] = parts.map((part) => Math.trunc(toNumber(part)));
  if (Number.isNaN(divisor) || Number.isNaN(remainder))
    throw new CommandError(2, 'malformed mod, divisor and remainder must be numbers');
  if (divisor === 0) throw new CommandError(2, 'divisor cannot be 0');
  return (candidate) =>
    candidate !== undefined &&
    typeOrder(candidate) === ORDER.number &&
    Math.trunc(toNumber(candidate)) % divisor === remainder;
}

function not(value: unknown, compile: CompileFilter): Condition[] {
  if (value instanceof RegExp) return [{ test: regexTest(value), negated: true }];
  if (!isDocument(value)) throw new CommandError(2, '$not needs a regex or a document');
  if (Object.keys(value).length === 0) throw new CommandError(2, '$not cannot be empty');
  const conditions = operatorConditions(value, compile);
  const [only, ...others] = conditions;
  if (only && others.length === 0) return [{ ...only, negated: !only.negated }];
  throw unsupported(2, '$not with several operators');
}

/** The operators of queries; any other is refused. */
const OPERATORS: Record<string, (value: unknown, compile: CompileFilter) => Condition | Condition[]> = {
  $eq: (value) => ({ test: equals(value) }),
  $ne: (value) => {
    if (value instanceof RegExp) throw new CommandError(2, "Can't have regex as arg to $ne.");
    return { test: equals(value), negated: true };
  },
  $in: (value) => ({ test: isOneOf(list('$in', value)) }),
  $nin: (value) => ({ test: isOneOf(list('$nin', value)), negated: true }),
  $gt: (value) => ({ test: ordered(value, (order) => order > 0) }),
  $gte: (value) => ({ test: ordered(value, (order) => order >= 0) }),
  $lt: (value) => ({ test: ordered(value, (order) => order < 0) }),
  $lte: (value) => ({ test: ordered(value, (order) => order <= 0) }),
  $exists: (value) => ({
    whole: true,
    test: (candidate) => candidate !== undefined,
    negated: value === false || value === null || (typeof value === 'number' && value === 0),
  }),
  $regex: (value) => ({ test: regexTest(value) }),
  $type: (value) => ({ test: typeTest(value) }),
  $elemMatch: elemMatch,
  $all: all,
  $size: (value) => ({ whole: true, test: size(value) }),
  $mod: (value) => ({ test: modulo(value) }),
  $not: not,
};

function operatorConditions(operators: Doc, compile: CompileFilter): Condition[] {
  return Object.entries(operators).flatMap(([name, value]) => {
    const make = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
    if (!make) throw unsupported(2, `unknown operator: ${name}`);
    return make(value, compile);
  });
}

/** Applies a condition to all values of a path. */
function onPath(selector: string, { test, whole, negated = false }: Condition): Predicate {
  if (!selector.includes('.')) {
    if (whole) return (doc) => test(field(doc, selector)) !== negated;
    return (doc) => {
      const value = field(doc, selector);
      return (test(value) || (Array.isArray(value) && value.some(test))) !== negated;
    };
  }
  const path = selector.split('.');
  const any = whole ? anyWhole : anyValue;
  return (doc) => any(doc, path, 0, test) !== negated;
}

/** Compiles what a filter says of one path: a value, a regular expression or operators. */
export function compileCondition(selector: string, value: unknown, compile: CompileFilter): Predicate {
  if (value instanceof RegExp) return onPath(selector, { test: regexTest(value) });
  if (!isOperators(value)) return onPath(selector, { test: equals(value) });
  const parts = operatorConditions(value, compile).map((condition) => onPath(selector, condition));
  const [only, ...others] = parts;
  if (only && others.length === 0) return only;
  return (doc) => parts.every((part) => part(doc));
}
