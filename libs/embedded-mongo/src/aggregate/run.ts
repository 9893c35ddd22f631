import { decodeExact, encode, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { FindStream, prepareFind } from '../commands/find.ts';
import type { PreparedFind } from '../commands/find.ts';
import type { ResultStream } from '../cursors.ts';
import { filterOption } from '../engine.ts';
import type { Scope } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { YIELD } from '../query/budget.ts';
import type { Budget } from '../query/budget.ts';
import { evaluateLet } from '../query/expressions.ts';
import type { Variables } from '../query/expressions.ts';
import { fieldDecoder, fieldsOfExpression } from '../query/fields.ts';
import type { CollectionMeta } from '../storage/catalog.ts';
import { promote } from '../update/promote.ts';
import { compileStage } from './stages.ts';
import type { Pull } from './stages.ts';

export type Stages = readonly (readonly [name: string, argument: unknown])[];

/** Stages as a list of name and argument; every one of them is compiled once, so that bad ones are refused early. */
export function parsePipeline(pipeline: unknown, variables: Variables): Stages {
  if (!Array.isArray(pipeline)) throw new CommandError(14, "'pipeline' option must be specified as an array");
  return pipeline.map((stage: unknown) => {
    if (!isDocument(stage) || Object.keys(stage).length !== 1) {
      throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
    }
    const name = Object.keys(stage)[0] ?? '';
    compileStage(name, stage[name], variables);
    return [name, stage[name]] as const;
  });
}

/** What of a pipeline is done by a find, and what is left. */
export interface SplitPipeline {
  find: Doc & { filter: Doc };
  rest: Stages;
}

/** Takes the leading $match, $sort, $skip and $limit stages, which a find does with indexes. */
export function splitPipeline(stages: Stages, body: Doc): SplitPipeline {
  const filters: Doc[] = [];
  const find: Doc = { hint: promote(body.hint), let: body.let };
  let at = 0;
  const takeMatches = () => {
    for (; stages[at]?.[0] === '$match'; at++) filters.push(filterOption(promote(stages[at]?.[1]), '$match'));
  };
  takeMatches();
  if (stages[at]?.[0] === '$sort') {
    find.sort = promote(stages[at++]?.[1]);
    takeMatches();
  }
  if (stages[at]?.[0] === '$skip') find.skip = promote(stages[at++]?.[1]);
  if (stages[at]?.[0] === '$limit') find.limit = promote(stages[at++]?.[1]);
  const [first = {}] = filters;
  return {
    find: { ...find, filter: filters.length > 1 ? { $and: filters } : first },
    rest: stages.slice(at),
  };
}

/** Decodes what the first stage reads, where that can be said. */
function decoderFor(rest: Stages): (bytes: Buffer) => Doc {
  const [first] = rest;
  const names = first?.[0] === '$group' || first?.[0] === '$count' ? fieldsOfExpression(first[1]) : undefined;
  // The bytes are valid until the next read only, and decoded values may share them.
  return names ? fieldDecoder(names, decodeExact) : (bytes) => decodeExact(Buffer.from(bytes));
}

/** Opens the results of a pipeline on a collection. */
export function openPipeline(
  engine: Scope,
  collection: CollectionMeta,
  split: SplitPipeline,
  body: Doc,
): { stream: ResultStream; source: FindStream; find: PreparedFind } {
  const find = prepareFind(engine, collection, split.find);
  const source = new FindStream(engine, collection, find);
  const { rest } = split;
  if (rest.length === 0) return { stream: source, source, find };
  const variables = evaluateLet(promote(body.let));
  const decode = decoderFor(rest);
  let pull: Pull = (budget) => source.nextDocument(budget, decode);
  for (const [name, argument] of rest) pull = compileStage(name, argument, variables)(pull);
  const stream: ResultStream = {
    next(budget: Budget) {
      const doc = pull(budget);
      return doc === undefined || doc === YIELD ? doc : encode(doc);
    },
    refresh: () => source.refresh(),
  };
  return { stream, source, find };
}
