import { evalExpr } from 'mingo/core';
import { Lazy } from 'mingo/lazy';
import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError } from '../errors.ts';
import { compareValues, ORDER, toNumber, typeOrder } from '../keys/compare.ts';
import { encodeValue } from '../keys/encode.ts';
import { field } from '../query/values.ts';

type Evaluate = (doc: Doc) => unknown;

/** The running value of one accumulator in one group. */
interface Accumulator {
  add(value: unknown): void;
  result(): unknown;
}

const isNumber = (value: unknown) => value !== undefined && typeOrder(value) === ORDER.number;

function extreme(wanted: number): Accumulator {
  let best: unknown;
  return {
    add(value) {
      if (value === undefined || value === null) return;
      if (best === undefined || Math.sign(compareValues(value, best)) === wanted) best = value;
    },
    result: () => best ?? null,
  };
}

function sum(): Accumulator {
  let total = 0;
  return {
    add(value) {
      if (typeof value === 'number') total += value;
      else if (isNumber(value)) total += toNumber(value);
    },
    result: () => total,
  };
}

function average(): Accumulator {
  let total = 0;
  let count = 0;
  return {
    add(value) {
      if (!isNumber(value)) return;
      total += toNumber(value);
      count++;
    },
    result: () => (count === 0 ? null : total / count),
  };
}

function edge(last: boolean): Accumulator {
  let kept: unknown;
  let any = false;
  return {
    add(value) {
      if (any && !last) return;
      kept = value;
      any = true;
    },
    result: () => kept ?? null,
  };
}

function push(): Accumulator {
  const values: unknown[] = [];
  return {
    add(value) {
      if (value !== undefined) values.push(value);
    },
    result: () => values,
  };
}

function addToSet(): Accumulator {
  const values = new Map<string, unknown>();
  return {
    add(value) {
      if (value === undefined) return;
      const key = encodeValue(value).toString('latin1');
      if (!values.has(key)) values.set(key, value);
    },
    result: () => [...values.values()],
  };
}

/** What runs document by document; groups that need others are left to mingo, which keeps all their documents. */
const STREAMING: Record<string, () => Accumulator> = {
  $sum: sum,
  $avg: average,
  $min: () => extreme(-1),
  $max: () => extreme(1),
  $first: () => edge(false),
  $last: () => edge(true),
  $push: push,
  $addToSet: addToSet,
};

function compile(expression: unknown, options: unknown): Evaluate {
  if (typeof expression === 'string' && /^\$[^$.]+$/.test(expression)) {
    const name = expression.slice(1);
    return (doc) => field(doc, name);
  }
  if (typeof expression !== 'object' || expression === null) {
    if (typeof expression !== 'string' || !expression.startsWith('$')) return () => expression;
  }
  return (doc) => evalExpr(doc, expression, options as never);
}

interface FieldPlan {
  name: string;
  make: () => Accumulator;
  evaluate: Evaluate;
}

/** A `$group` that keeps one value per accumulator instead of the documents. */
export class Grouping {
  readonly #id: Evaluate;
  readonly #fields: FieldPlan[];
  readonly #groups = new Map<string, { id: unknown; accumulators: Accumulator[] }>();

  private constructor(id: Evaluate, fields: FieldPlan[]) {
    this.#id = id;
    this.#fields = fields;
  }

  /** Undefined when the group needs an accumulator that does not stream. */
  static compile(spec: unknown, options: unknown): Grouping | undefined {
    if (!isDocument(spec)) throw new CommandError(15947, "a group's fields must be specified in an object");
    if (!('_id' in spec)) throw new CommandError(15955, 'a group specification must include an _id');
    const fields: FieldPlan[] = [];
    for (const [name, accumulator] of Object.entries(spec)) {
      if (name === '_id') continue;
      const operator = isDocument(accumulator) ? (Object.keys(accumulator)[0] ?? '') : '';
      if (!isDocument(accumulator) || !operator.startsWith('$')) {
        throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
      }
      const make = operator === '$count' ? sum : STREAMING[operator];
      if (!make) return undefined;
      fields.push({
        name,
        make,
        evaluate: operator === '$count' ? () => 1 : compile(accumulator[operator], options),
      });
    }
    return new Grouping(compile(spec._id, options), fields);
  }

  add(doc: Doc): void {
    const id = this.#id(doc) ?? null;
    const key = typeof id === 'string' ? `s${id}` : encodeValue(id).toString('latin1');
    let group = this.#groups.get(key);
    if (!group) {
      group = { id, accumulators: this.#fields.map(({ make }) => make()) };
      this.#groups.set(key, group);
    }
    for (let i = 0; i < this.#fields.length; i++) {
      group.accumulators[i]?.add(this.#fields[i]?.evaluate(doc));
    }
  }

  *results(): Generator<Doc> {
    for (const { id, accumulators } of this.#groups.values()) {
      const result: Doc = { _id: id };
      this.#fields.forEach(({ name }, i) => (result[name] = accumulators[i]?.result()));
      yield result;
    }
  }
}

type Stage = (
  input: { each(visit: (doc: Doc) => void): void },
  argument: unknown,
  options: unknown,
) => unknown;

/** Replaces mingo's `$group` where the accumulators stream. */
export function groupStage(original: Stage): Stage {
  return (input, argument, options) => {
    const grouping = Grouping.compile(argument, options);
    if (!grouping) return original(input, argument, options);
    let results: Generator<Doc> | undefined;
    return Lazy((() => {
      if (!results) {
        input.each((doc) => grouping.add(doc));
        results = grouping.results();
      }
      return results.next();
    }) as never);
  };
}
