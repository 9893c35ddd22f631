import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError } from '../errors.ts';
import { compareValues, toNumber } from '../keys/compare.ts';
import { compileFilter, normalizeFilter } from '../query/matcher.ts';
import { parseSort } from '../query/planner.ts';
import { sortKey } from '../query/sort.ts';
import { promote } from './promote.ts';

const equal = (a: unknown, b: unknown) => compareValues(a, b) === 0;

interface PushArguments {
  values: unknown[];
  position: number | undefined;
  slice: number | undefined;
  sort: unknown;
}

function parsePush(argument: unknown): PushArguments {
  if (!isDocument(argument) || !('$each' in argument)) {
    return { values: [argument], position: undefined, slice: undefined, sort: undefined };
  }
  for (const name of Object.keys(argument)) {
    if (!['$each', '$position', '$slice', '$sort'].includes(name)) {
      throw new CommandError(2, `Unrecognized clause in $push: ${name}`);
    }
  }
  if (!Array.isArray(argument.$each)) {
    throw new CommandError(2, 'The argument to $each in $push must be an array');
  }
  const number = (name: string) => (argument[name] === undefined ? undefined : toNumber(argument[name]));
  return {
    values: argument.$each,
    position: number('$position'),
    slice: number('$slice'),
    sort: argument.$sort,
  };
}

function requireArray(operator: string, path: string, value: unknown): unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new CommandError(2, `The field '${path}' must be an array but is of another type (${operator})`);
}

export function push(path: string, current: unknown, argument: unknown): unknown[] {
  const { values, position, slice, sort } = parsePush(argument);
  const result = [...requireArray('$push', path, current)];
  const at =
    position === undefined ? result.length : position < 0 ? Math.max(0, result.length + position) : position;
  result.splice(at, 0, ...values);
  if (sort !== undefined) sortArray(result, sort);
  if (slice === undefined) return result;
  return slice >= 0 ? result.slice(0, slice) : result.slice(slice);
}

function sortArray(array: unknown[], sort: unknown): void {
  if (!isDocument(sort)) {
    const direction = toNumber(sort);
    array.sort((a, b) => direction * compareValues(a, b));
    return;
  }
  const parsed = parseSort(sort);
  const rows = array.map((element) => ({
    element,
    key: sortKey(isDocument(element) ? element : {}, parsed),
  }));
  rows.sort((a, b) => Buffer.compare(a.key, b.key));
  rows.forEach(({ element }, i) => (array[i] = element));
}

export function addToSet(path: string, current: unknown, argument: unknown): unknown[] {
  const values =
    isDocument(argument) && '$each' in argument
      ? requireArray('$addToSet', '$each', argument.$each)
      : [argument];
  const result = [...requireArray('$addToSet', path, current)];
  for (const value of values) if (!result.some((have) => equal(have, value))) result.push(value);
  return result;
}

export function pop(path: string, current: unknown, argument: unknown): unknown[] | undefined {
  if (current === undefined) return undefined;
  const array = requireArray('$pop', path, current);
  const side = toNumber(argument);
  if (side !== 1 && side !== -1) throw new CommandError(9, `$pop expects 1 or -1, found: ${side}`);
  return side === 1 ? array.slice(0, -1) : array.slice(1);
}

export function pullAll(path: string, current: unknown, argument: unknown): unknown[] | undefined {
  if (current === undefined) return undefined;
  const unwanted = requireArray('$pullAll', path, argument);
  return requireArray('$pullAll', path, current).filter(
    (have) => !unwanted.some((value) => equal(have, value)),
  );
}

/** `$pull` takes a value, operators on the elements, or a query on the fields of elements that are documents. */
export function pull(path: string, current: unknown, argument: unknown): unknown[] | undefined {
  if (current === undefined) return undefined;
  const array = requireArray('$pull', path, current);
  const unwanted = pullTest(argument);
  return array.filter((element) => !unwanted(element));
}

function pullTest(argument: unknown): (element: unknown) => boolean {
  const criteria = normalizeFilter(promote(argument));
  if (criteria instanceof RegExp) return (element) => typeof element === 'string' && criteria.test(element);
  if (!isDocument(criteria)) return (element) => equal(element, argument);
  if ((Object.keys(criteria)[0] ?? '').startsWith('$') && !('$and' in criteria || '$or' in criteria)) {
    const matcher = compileFilter({ element: criteria });
    return (element) => matcher.test({ element: promote(element) });
  }
  const matcher = compileFilter(criteria);
  return (element) => isDocument(element) && matcher.test(promote(element) as Doc);
}
