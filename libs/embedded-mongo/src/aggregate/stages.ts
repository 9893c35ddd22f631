import { isDocument, putField } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { filterOption } from '../engine.ts';
import { CommandError, unsupported } from '../errors.ts';
import { toNumber, typeOrder, ORDER } from '../keys/compare.ts';
import { encodeValue } from '../keys/encode.ts';
import { YIELD } from '../query/budget.ts';
import type { Budget, Yield } from '../query/budget.ts';
import { compileExpression } from '../query/expressions.ts';
import type { Expression, Variables } from '../query/expressions.ts';
import { compileFilter } from '../query/matcher.ts';
import { parseSort } from '../query/planner.ts';
import { compileProject } from '../query/projection.ts';
import { sortKey } from '../query/sort.ts';
import { field } from '../query/values.ts';
import { promote } from '../update/promote.ts';
import { ACCUMULATORS } from './accumulators.ts';
import type { Accumulator } from './accumulators.ts';

/** Gives documents one by one, undefined at the end. */
export type Pull = (budget: Budget) => Doc | undefined | Yield;
/** Makes a stage around what feeds it. */
export type Stage = (pull: Pull) => Pull;

/** What a group or a sorted row takes in memory beside its key. */
const ROW = 200;

/** Gives for each document one or none. */
const mapped =
  (change: (doc: Doc) => Doc | undefined): Stage =>
  (pull) =>
  (budget) => {
    for (;;) {
      if (budget.spent()) return YIELD;
      const doc = pull(budget);
      if (doc === undefined || doc === YIELD) return doc;
      const result = change(doc);
      if (result) return result;
    }
  };

/** Reads everything before it gives its first document. */
function collecting(add: (doc: Doc, budget: Budget) => void, finish: () => Iterator<Doc, unknown>): Stage {
  return (pull) => {
    let results: Iterator<Doc, unknown> | undefined;
    return (budget) => {
      while (!results) {
        const doc = pull(budget);
        if (doc === YIELD) return YIELD;
        if (doc === undefined) results = finish();
        else add(doc, budget);
      }
      const next = results.next();
      return next.done ? undefined : next.value;
    };
  };
}

function amount(name: string, argument: unknown, least: number): number {
  const number = typeOrder(argument) === ORDER.number ? toNumber(argument) : NaN;
  if (!Number.isInteger(number) || number < least)
    throw new CommandError(
      name === '$limit' ? 15958 : 15956,
      `invalid argument to ${name} stage: Expected ${least === 1 ? 'a positive' : 'a non-negative'} number`,
    );
  return number;
}

function limitStage(argument: unknown): Stage {
  let left = amount('$limit', argument, 1);
  return (pull) => (budget) => {
    if (left <= 0) return undefined;
    const doc = pull(budget);
    if (doc !== undefined && doc !== YIELD) left--;
    return doc;
  };
}

function skipStage(argument: unknown): Stage {
  let left = amount('$skip', argument, 0);
  return mapped((doc) => (left-- > 0 ? undefined : doc));
}

function countStage(argument: unknown): Stage {
  if (typeof argument !== 'string' || argument === '' || argument.startsWith('$') || argument.includes('.'))
    throw new CommandError(40156, 'the count field must be a non-empty string without $ and .');
  let n = 0;
  return collecting(
    () => void n++,
    () => (n > 0 ? [{ [argument]: n }] : []).values(),
  );
}

function sortStage(argument: unknown): Stage {
  const sort = parseSort(promote(argument));
  if (sort.length === 0) throw new CommandError(15976, '$sort stage must have at least one sort key');
  const rows: { doc: Doc; key: Buffer; size: number }[] = [];
  return collecting(
    (doc, budget) => {
      const size = encodeValue(doc).length * 2 + ROW;
      budget.take(size);
      rows.push({ doc, key: sortKey(doc, sort), size });
    },
    () => {
      rows.sort((a, b) => Buffer.compare(a.key, b.key));
      return rows.map(({ doc }) => doc).values();
    },
  );
}

function unwindStage(argument: unknown): Stage {
  const options = isDocument(argument) ? argument : { path: argument };
  for (const name of Object.keys(options)) {
    if (name !== 'path') throw unsupported(28811, `unrecognized option to $unwind stage: ${name}`);
  }
  const { path } = options;
  if (typeof path !== 'string' || !path.startsWith('$') || path.startsWith('$$'))
    throw new CommandError(28818, "path option to $unwind stage should be prefixed with a '$'");
  if (path.includes('.')) throw unsupported(28818, `$unwind of the dotted path ${path}`);
  const name = path.slice(1);
  return (pull) => {
    let queue: Doc[] = [];
    return (budget) => {
      for (;;) {
        const next = queue.pop();
        if (next) return next;
        if (budget.spent()) return YIELD;
        const doc = pull(budget);
        if (doc === undefined || doc === YIELD) return doc;
        const value = field(doc, name);
        if (value === undefined || value === null) continue;
        if (!Array.isArray(value)) return doc;
        queue = value.map((element: unknown) => withField(doc, name, element)).reverse();
      }
    };
  };
}

function withField(doc: Doc, name: string, value: unknown): Doc {
  const result: Doc = {};
  for (const key of Object.keys(doc)) putField(result, key, key === name ? value : doc[key]);
  return result;
}

interface GroupField {
  name: string;
  make: () => Accumulator;
  expression: Expression;
}

function groupFields(spec: Doc, variables: Variables): GroupField[] {
  return Object.entries(spec)
    .filter(([name]) => name !== '_id')
    .map(([name, accumulator]) => {
      const [operator = '', ...others] = isDocument(accumulator) ? Object.keys(accumulator) : [];
      if (!isDocument(accumulator) || !operator.startsWith('$'))
        throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
      if (others.length > 0)
        throw new CommandError(40238, `The field '${name}' must specify one accumulator`);
      if (name.includes('.')) throw new CommandError(40235, `The field name '${name}' cannot contain '.'`);
      if (operator === '$count') {
        return { name, make: ACCUMULATORS.$sum as () => Accumulator, expression: () => 1 };
      }
      const make = Object.hasOwn(ACCUMULATORS, operator) ? ACCUMULATORS[operator] : undefined;
      if (!make) throw unsupported(15952, `unknown group operator '${operator}'`);
      const argument = accumulator[operator];
      if (Array.isArray(argument)) throw unsupported(40237, `${operator} of several operands in $group`);
      return { name, make, expression: compileExpression(argument, variables) };
    });
}

/** A `$group` that keeps one value per accumulator instead of the documents. */
function groupStage(spec: unknown, variables: Variables): Stage {
  if (!isDocument(spec)) throw new CommandError(15947, "a group's fields must be specified in an object");
  if (!('_id' in spec)) throw new CommandError(15955, 'a group specification must include an _id');
  const idOf = compileExpression(spec._id, variables);
  const fields = groupFields(spec, variables);
  const groups = new Map<string, { id: unknown; accumulators: Accumulator[] }>();
  function* results(): Generator<Doc> {
    for (const { id, accumulators } of groups.values()) {
      const result: Doc = { _id: id };
      fields.forEach(({ name }, i) => putField(result, name, accumulators[i]?.result()));
      yield result;
    }
  }
  return collecting((doc, budget) => {
    const id = idOf(doc) ?? null;
    const key = typeof id === 'string' ? `s${id}` : encodeValue(id).toString('latin1');
    let group = groups.get(key);
    if (!group) {
      budget.take(key.length * 2 + ROW * (1 + fields.length));
      group = { id, accumulators: fields.map(({ make }) => make()) };
      groups.set(key, group);
    }
    for (let i = 0; i < fields.length; i++) {
      const kept = group.accumulators[i]?.add(fields[i]?.expression(doc)) ?? 0;
      if (kept > 0) budget.take(kept);
    }
  }, results);
}

/** The stages that were compared with a second engine; any other is refused. */
const STAGES: Record<string, (argument: unknown, variables: Variables) => Stage> = {
  $match: (argument, variables) => {
    const matcher = compileFilter(filterOption(promote(argument), '$match'), variables);
    return mapped((doc) => (matcher.test(doc) ? doc : undefined));
  },
  $project: (argument, variables) => mapped(compileProject(argument, variables)),
  $sort: sortStage,
  $skip: skipStage,
  $limit: limitStage,
  $count: countStage,
  $unwind: unwindStage,
  $group: groupStage,
};

/** Whether a stage is one of those that were compared. */
export const isStage = (name: string) => Object.hasOwn(STAGES, name);

/** Compiles a stage; throws where it, or anything in it, is not on the list. */
export function compileStage(name: string, argument: unknown, variables: Variables): Stage {
  const make = STAGES[name];
  if (!make || !isStage(name)) throw unsupported(40324, `Unrecognized pipeline stage name: '${name}'`);
  return make(argument, variables);
}
