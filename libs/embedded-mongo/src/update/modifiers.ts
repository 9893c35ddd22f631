import { Timestamp } from 'bson';
import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError } from '../errors.ts';
import { compareValues } from '../keys/compare.ts';
import { describeKey } from '../storage/describe.ts';
import { addToSet, pop, pull, pullAll, push } from './arrays.ts';
import { arithmetic, bitwise, isInteger, isNumeric } from './numbers.ts';
import { expandPath, getAt, setAt, unsetAt } from './paths.ts';
import type { PathContext } from './paths.ts';
import { cloneContainers } from './promote.ts';

export interface ModifierContext extends PathContext {
  now: Date;
  /** True while an upsert builds its document. */
  inserting: boolean;
}

/** Gives the new value of a field, or undefined to leave it alone. */
type Change = (current: unknown, argument: unknown, path: string, doc: Doc) => unknown;

function calculate(op: '+' | '*', name: string): Change {
  return (current, argument, path, doc) => {
    if (!isNumeric(argument)) {
      throw new CommandError(
        14,
        `Cannot ${name} with non-numeric argument: ${describeKey({ [path]: argument })}`,
      );
    }
    if (current !== undefined && !isNumeric(current)) {
      const type = current === null ? 'null' : typeof current;
      throw new CommandError(
        14,
        `Cannot apply $${name === 'increment' ? 'inc' : 'mul'} to a value of non-numeric type. ${describeKey({ _id: doc._id })} has the field '${path}' of non-numeric type ${type}`,
      );
    }
    if (current === undefined) return op === '+' ? argument : arithmetic('*', argument, 0);
    const result = arithmetic(op, current, argument);
    if (result === undefined)
      throw new CommandError(2, `Failed to apply ${name}: the result overflows 64 bits (field '${path}')`);
    return result;
  };
}

function bit(current: unknown, argument: unknown, path: string): unknown {
  if (!isDocument(argument)) throw new CommandError(2, 'The $bit modifier needs a document');
  let result: unknown = current === undefined ? 0 : current;
  for (const [op, operand] of Object.entries(argument)) {
    if (op !== 'and' && op !== 'or' && op !== 'xor') {
      throw new CommandError(2, `The $bit modifier only supports 'and', 'or', and 'xor', not '${op}'`);
    }
    if (!isInteger(result) || !isInteger(operand)) {
      throw new CommandError(2, `Cannot apply $bit to a value of non-integral type (field '${path}')`);
    }
    result = bitwise(op, result, operand);
  }
  return result;
}

const CHANGES: Record<string, Change> = {
  $set: (_current, argument) => cloneContainers(argument),
  $inc: calculate('+', 'increment'),
  $mul: calculate('*', 'multiply'),
  $min: (current, argument) =>
    current === undefined || compareValues(argument, current) < 0 ? argument : undefined,
  $max: (current, argument) =>
    current === undefined || compareValues(argument, current) > 0 ? argument : undefined,
  $push: (current, argument, path) => push(path, current, argument),
  $addToSet: (current, argument, path) => addToSet(path, current, argument),
  $pop: (current, argument, path) => pop(path, current, argument),
  $pull: (current, argument, path) => pull(path, current, argument),
  $pullAll: (current, argument, path) => pullAll(path, current, argument),
  $bit: bit,
};

/** Every update operator; the rest of the names is refused with 9. */
export const MODIFIERS = new Set([
  ...Object.keys(CHANGES),
  '$unset',
  '$rename',
  '$setOnInsert',
  '$currentDate',
]);

function currentDate(argument: unknown, now: Date): unknown {
  if (typeof argument === 'boolean') return now;
  const type = isDocument(argument) ? argument.$type : undefined;
  if (type === 'date') return now;
  if (type === 'timestamp') return new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 });
  throw new CommandError(
    2,
    "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
  );
}

function rename(doc: Doc, from: string, to: unknown): void {
  if (typeof to !== 'string')
    throw new CommandError(2, `The 'to' field for $rename must be a string: ${from}`);
  const names = from.split('.');
  const value = getAt(doc, names);
  if (value === undefined) return;
  unsetAt(doc, names);
  setAt(doc, to.split('.'), value);
}

/** Applies one operator of an update to a document in place. */
export function applyModifier(doc: Doc, operator: string, fields: Doc, context: ModifierContext): void {
  if (operator === '$setOnInsert' && !context.inserting) return;
  const change = CHANGES[operator === '$setOnInsert' ? '$set' : operator];
  for (const [path, argument] of Object.entries(fields)) {
    if (operator === '$rename') {
      rename(doc, path, argument);
      continue;
    }
    for (const names of expandPath(doc, path, context)) {
      if (operator === '$unset') unsetAt(doc, names);
      else if (operator === '$currentDate') setAt(doc, names, currentDate(argument, context.now));
      else if (change) {
        const value = change(getAt(doc, names), argument, path, doc);
        if (value !== undefined) setAt(doc, names, value);
      }
    }
  }
}
