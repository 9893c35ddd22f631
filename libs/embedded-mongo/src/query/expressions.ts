import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError, unsupported } from '../errors.ts';
import { compareValues, ORDER, toNumber, typeOrder } from '../keys/compare.ts';
import { field } from './values.ts';

/** An expression that is ready to run; undefined stands for a missing value. */
export type Expression = (doc: Doc) => unknown;
export type Variables = ReadonlyMap<string, unknown>;

const NONE: Variables = new Map();

/** The value of a path: through an array it is the array of what its elements have there. */
function pathValue(value: unknown, path: readonly string[], at: number): unknown {
  if (at === path.length) return value;
  if (Array.isArray(value)) {
    return value
      .filter((element) => isDocument(element) || Array.isArray(element))
      .map((element) => pathValue(element, path, at))
      .filter((found) => found !== undefined);
  }
  return isDocument(value) ? pathValue(field(value, path[at] ?? ''), path, at + 1) : undefined;
}

const isTrue = (value: unknown) =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  !(typeOrder(value) === ORDER.number && toNumber(value) === 0);

function compilePath(text: string, variables: Variables): Expression {
  if (!text.startsWith('$$')) {
    const path = text.slice(1).split('.');
    if (path.includes(''))
      throw new CommandError(40353, `FieldPath must not have an empty field name: '${text}'`);
    return (doc) => pathValue(doc, path, 0);
  }
  const [name = '', ...path] = text.slice(2).split('.');
  if (name === 'ROOT' || name === 'CURRENT') return (doc) => pathValue(doc, path, 0);
  if (name === 'REMOVE' && path.length === 0) return () => undefined;
  if (!variables.has(name)) throw new CommandError(17276, `Use of undefined variable: ${name}`);
  const value = pathValue(variables.get(name), path, 0);
  return () => value;
}

function operands(name: string, argument: unknown, wanted: number, variables: Variables): Expression[] {
  const list: unknown[] = Array.isArray(argument) ? argument : [argument];
  if (wanted > 0 && list.length !== wanted) {
    throw new CommandError(
      16020,
      `Expression ${name} takes exactly ${wanted} arguments. ${list.length} were passed in.`,
    );
  }
  return list.map((operand) => compileExpression(operand, variables));
}

function comparison(accept: (order: number) => unknown) {
  return (name: string, argument: unknown, variables: Variables): Expression => {
    const [left, right] = operands(name, argument, 2, variables) as [Expression, Expression];
    return (doc) => accept(compareValues(left(doc), right(doc)));
  };
}

function condition(name: string, argument: unknown, variables: Variables): Expression {
  const parts = isDocument(argument) ? [argument.if, argument.then, argument.else] : argument;
  const [test, yes, no] = operands(name, parts, 3, variables) as [Expression, Expression, Expression];
  return (doc) => (isTrue(test(doc)) ? yes(doc) : no(doc));
}

/** The operators that were compared with a second engine; any other is refused. */
const OPERATORS: Record<string, (name: string, argument: unknown, variables: Variables) => Expression> = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $cmp: comparison(Math.sign),
  $and: (name, argument, variables) => {
    const parts = operands(name, argument, 0, variables);
    return (doc) => parts.every((part) => isTrue(part(doc)));
  },
  $or: (name, argument, variables) => {
    const parts = operands(name, argument, 0, variables);
    return (doc) => parts.some((part) => isTrue(part(doc)));
  },
  $not: (name, argument, variables) => {
    const [part] = operands(name, argument, 1, variables) as [Expression];
    return (doc) => !isTrue(part(doc));
  },
  $cond: condition,
  $ifNull: (name, argument, variables) => {
    const parts = operands(name, argument, 0, variables);
    if (parts.length < 2) throw new CommandError(1257300, '$ifNull needs at least two arguments');
    return (doc) => {
      const values = parts.map((part) => part(doc));
      return values.find((value) => value !== undefined && value !== null) ?? values.at(-1);
    };
  },
  $size: (name, argument, variables) => {
    const [part] = operands(name, argument, 1, variables) as [Expression];
    return (doc) => {
      const value = part(doc);
      if (!Array.isArray(value)) throw new CommandError(17124, 'The argument to $size must be an array');
      return value.length;
    };
  },
  $literal: (_name, argument) => () => argument,
};

/** Compiles an expression of `$expr`, `$project`, `$group` or `let`. */
export function compileExpression(expression: unknown, variables: Variables = NONE): Expression {
  if (typeof expression === 'string' && expression.startsWith('$')) return compilePath(expression, variables);
  if (Array.isArray(expression)) {
    const parts = expression.map((part) => compileExpression(part, variables));
    return (doc) => parts.map((part) => part(doc) ?? null);
  }
  if (!isDocument(expression)) return () => expression;
  const [first, ...others] = Object.keys(expression);
  if (first?.startsWith('$')) {
    if (others.length > 0)
      throw new CommandError(
        15983,
        `An object representing an expression must have exactly one field: ${first}`,
      );
    const compile = Object.hasOwn(OPERATORS, first) ? OPERATORS[first] : undefined;
    if (!compile) throw unsupported(168, `Unrecognized expression '${first}'`);
    return compile(first, expression[first], variables);
  }
  const fields = Object.entries(expression).map(
    ([name, part]) => [name, compileExpression(part, variables)] as const,
  );
  return (doc) => {
    const result: Doc = {};
    for (const [name, part] of fields) {
      const value = part(doc);
      if (value !== undefined) result[name] = value;
    }
    return result;
  };
}

/** The variables of a command's `let`, evaluated. */
export function evaluateLet(letOption: unknown): Variables {
  if (letOption === undefined || letOption === null) return NONE;
  if (!isDocument(letOption)) throw new CommandError(14, "BSON field 'let' must be an object");
  return new Map(
    Object.entries(letOption).map(([name, value]) => [name, compileExpression(value)({}) ?? null]),
  );
}
