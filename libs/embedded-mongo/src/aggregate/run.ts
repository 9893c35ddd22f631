import { Aggregator } from 'mingo/aggregator';
import { decodePromoted, encode, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { ResultStream } from '../cursors.ts';
import { FindStream, prepareFind } from '../commands/find.ts';
import type { PreparedFind } from '../commands/find.ts';
import { filterOption } from '../engine.ts';
import type { Engine } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { YIELD } from '../query/budget.ts';
import type { Yield, Budget } from '../query/budget.ts';
import { normalizeFilter } from '../query/matcher.ts';
import { recordKey } from '../storage/collection.ts';
import type { CollectionMeta } from '../storage/catalog.ts';
import { pipelineContext } from './context.ts';

const REFUSED: Record<string, string> = {
  $changeStream: 'change streams need a real replica set',
  $geoNear: 'there are no geospatial indexes',
  $search: 'there is no search engine',
  $collStats: 'use the collStats command',
  $indexStats: 'index use is not counted',
  $currentOp: 'operations are not tracked',
  $listSessions: 'sessions are not tracked',
};

/** Stages as a list of name and argument, checked for form. */
export function parsePipeline(pipeline: unknown): [name: string, argument: unknown][] {
  if (!Array.isArray(pipeline)) throw new CommandError(14, "'pipeline' option must be specified as an array");
  return pipeline.map((stage: unknown) => {
    if (!isDocument(stage) || Object.keys(stage).length !== 1) {
      throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
    }
    const name = Object.keys(stage)[0] ?? '';
    const why = REFUSED[name];
    if (why) throw new CommandError(115, `${name} is not supported by the embedded server: ${why}`);
    return [name, stage[name]] as [string, unknown];
  });
}

/** What of a pipeline is done by a find, and what is left to mingo. */
export interface SplitPipeline {
  find: Doc;
  rest: [name: string, argument: unknown][];
}

/** Takes the leading $match, $sort, $skip and $limit stages, which a find does with indexes. */
export function splitPipeline(stages: readonly [string, unknown][], body: Doc): SplitPipeline {
  const filters: unknown[] = [];
  const find: Doc = {
    hint: body.hint,
    allowDiskUse: body.allowDiskUse ?? true,
    let: body.let,
    collation: body.collation,
  };
  let at = 0;
  for (; stages[at]?.[0] === '$match'; at++) filters.push(filterOption(stages[at]?.[1], '$match'));
  if (stages[at]?.[0] === '$sort') find.sort = stages[at++]?.[1];
  if (find.sort !== undefined) {
    for (; stages[at]?.[0] === '$match'; at++) filters.push(filterOption(stages[at]?.[1], '$match'));
  }
  if (stages[at]?.[0] === '$skip') find.skip = stages[at++]?.[1];
  if (stages[at]?.[0] === '$limit') find.limit = stages[at++]?.[1];
  if (find.limit === 0) throw new CommandError(15958, 'the limit must be positive');
  find.filter = filters.length === 1 ? filters[0] : filters.length > 1 ? { $and: filters } : {};
  return { find, rest: stages.slice(at) };
}

/** All documents of a collection, for the stages that read a second one. */
function wholeCollection(engine: Engine, db: string, name: string): Doc[] {
  const collection = engine.catalog.find(db, name);
  if (!collection) return [];
  const start = recordKey(collection.id, 0);
  const end = recordKey(collection.id + 1, 0);
  return [...engine.store.docs.getRange({ start, end })].map(({ value }) => decodePromoted(value));
}

/** Results of mingo as a stream of BSON. */
class PipelineStream implements ResultStream {
  readonly #iterator: { next(): { done?: boolean; value?: unknown } };

  constructor(iterator: { next(): { done?: boolean; value?: unknown } }) {
    this.#iterator = iterator;
  }

  next(budget: Budget): Buffer | undefined | Yield {
    budget.spent();
    const { done, value } = this.#iterator.next();
    return done ? undefined : encode(value as Doc);
  }

  refresh(): void {
    // The source refreshes itself: it may be asked again in any later turn.
  }
}

function* decoded(source: ResultStream, budget: Budget): Generator<Doc> {
  for (;;) {
    source.refresh();
    for (let i = 0; i < 256; i++) {
      const bytes = source.next(budget);
      if (bytes === undefined) return;
      if (bytes !== YIELD) yield decodePromoted(bytes);
    }
  }
}

/** Runs stages on documents with mingo. */
export function runStages(
  engine: Engine,
  db: string,
  stages: readonly [string, unknown][],
  source: Iterable<Doc>,
  variables: Doc | undefined,
): { next(): { done?: boolean; value?: unknown } } {
  const pipeline = stages.map(([name, argument]) => ({ [name]: normalizeFilter(argument) }));
  const options = {
    context: pipelineContext,
    scriptEnabled: false,
    collectionResolver: (name: string) => wholeCollection(engine, db, name),
    variables,
  };
  return new Aggregator(pipeline, options).stream(source as never);
}

/** Opens the results of a pipeline on a collection. */
export function openPipeline(
  engine: Engine,
  collection: CollectionMeta,
  split: SplitPipeline,
  budget: Budget,
  variables: Doc | undefined,
): { stream: ResultStream; find: PreparedFind } {
  const find = prepareFind(engine, collection, split.find);
  const source = new FindStream(engine, collection, find);
  if (split.rest.length === 0) return { stream: source, find };
  const iterator = runStages(engine, collection.db, split.rest, decoded(source, budget), variables);
  return { stream: new PipelineStream(iterator), find };
}

export { PipelineStream };
