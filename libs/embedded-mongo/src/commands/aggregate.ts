import { openPipeline, parsePipeline, splitPipeline } from '../aggregate/run.ts';
import type { SplitPipeline } from '../aggregate/run.ts';
import { encode, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Command, Reply, Scope } from '../engine.ts';
import { budgetOf, checkCollation, numberOption } from '../engine.ts';
import { CommandError, unsupported } from '../errors.ts';
import type { Budget } from '../query/budget.ts';
import { evaluateLet } from '../query/expressions.ts';
import type { CollectionMeta } from '../storage/catalog.ts';
import { promote } from '../update/promote.ts';
import { cursorReply } from '../wire/cursor-reply.ts';
import { countMatches } from './count.ts';
import { firstBatch } from './find.ts';

/** The document that a pipeline which only counts gives for a number, or undefined when it does more than count. */
function countShape({ find, rest }: SplitPipeline): ((n: number) => Doc) | undefined {
  const [stage, ...others] = rest;
  if (!stage || others.length > 0 || find.sort !== undefined || find.let !== undefined) return undefined;
  const [name, argument] = stage;
  if (name === '$count' && typeof argument === 'string') return (n) => ({ [argument]: n });
  if (name !== '$group' || !isDocument(argument)) return undefined;
  const { _id, ...fields } = argument;
  const [field, ...more] = Object.entries(fields);
  if (!field || more.length > 0 || isDocument(_id) || Array.isArray(_id) || typeof _id === 'string')
    return undefined;
  const [path, accumulator] = field;
  if (!isDocument(accumulator) || promote(accumulator.$sum) !== 1) return undefined;
  return (n) => ({ _id: _id ?? null, [path]: n });
}

function countReply(
  engine: Scope,
  collection: CollectionMeta,
  { find }: SplitPipeline,
  options: { shape: (n: number) => Doc; budget: Budget; ns: string },
): Reply | Promise<Reply> {
  const skip = numberOption(find.skip, 0);
  const limit = numberOption(find.limit, Infinity);
  const reply = (n: number): Reply => {
    const counted = Math.max(0, Math.min(n - skip, limit));
    return cursorReply('firstBatch', counted > 0 ? [encode(options.shape(counted))] : [], 0, options.ns);
  };
  const counting = { hint: find.hint, limit: skip + limit, budget: options.budget };
  const counted = countMatches(engine, collection, find.filter, counting);
  return counted instanceof Promise ? counted.then(reply) : reply(counted);
}

export function aggregate(engine: Scope, command: Command): Reply | Promise<Reply> {
  const { body, db } = command;
  checkCollation(body.collation);
  const variables = evaluateLet(promote(body.let));
  if (typeof body.aggregate !== 'string') throw unsupported(73, 'a pipeline on a database');
  if (body.aggregate === '') throw new CommandError(73, 'the collection name is empty');
  const stages = parsePipeline(body.pipeline, variables);
  const budget = budgetOf(command);
  const ns = `${db}.${body.aggregate}`;
  const collection = engine.catalog.find(db, body.aggregate);
  if (!collection) return cursorReply('firstBatch', [], 0, ns);
  const split = splitPipeline(stages, body);
  const shape = countShape(split);
  if (shape) return countReply(engine, collection, split, { shape, budget, ns });
  const { stream } = openPipeline(engine, collection, split, body);
  const batchSize = numberOption(isDocument(body.cursor) ? body.cursor.batchSize : undefined, 101);
  return firstBatch(engine, ns, stream, { batchSize, single: false, budget });
}
