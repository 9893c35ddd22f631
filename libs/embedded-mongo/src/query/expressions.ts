import { evalExpr } from 'mingo/core';
import { CommandError } from '../errors.ts';
import { compareValues } from '../keys/compare.ts';

type Expression = (doc: unknown, argument: unknown, options: unknown) => unknown;

function comparison(name: string, result: (order: number) => unknown): Expression {
  return (doc, argument, options) => {
    if (!Array.isArray(argument) || argument.length !== 2) {
      throw new CommandError(16020, `Expression ${name} takes exactly 2 arguments.`);
    }
    const [left, right] = evalExpr(doc, argument as never, options as never) as unknown[];
    return result(compareValues(left, right));
  };
}

/** The comparisons of expressions in BSON order; mingo's compare only values of the same JavaScript type. */
export const COMPARISONS: Record<string, Expression> = {
  $eq: comparison('$eq', (order) => order === 0),
  $ne: comparison('$ne', (order) => order !== 0),
  $gt: comparison('$gt', (order) => order > 0),
  $gte: comparison('$gte', (order) => order >= 0),
  $lt: comparison('$lt', (order) => order < 0),
  $lte: comparison('$lte', (order) => order <= 0),
  $cmp: comparison('$cmp', (order) => order),
};
