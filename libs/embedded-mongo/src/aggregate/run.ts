import { Aggregator } from 'mingo/aggregator';
import { decodePromoted, encode, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { FindStream, prepareFind } from '../commands/find.ts';
import type { PreparedFind } from '../commands/find.ts';
import type { ResultStream } from '../cursors.ts';
import { filterOption } from '../engine.ts';
import type { Scope } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { Budget, YIELD } from '../query/budget.ts';
import type { Yield } from '../query/budget.ts';
import { fieldDecoder, fieldsOfExpression } from '../query/fields.ts';
import { normalizeFilter } from '../query/matcher.ts';
import type { CollectionMeta } from '../storage/catalog.ts';
import { createPipelineContext } from './context.ts';
import { Grouping } from './group.ts';

const REFUSED: Record<string, string> = {
  $changeStream: 'change streams need a real replica set',
  $geoNear: 'there are no geospatial indexes',
  $search: 'there is no search engine',
  $collStats: 'use the collStats command',
  $indexStats: 'index use is not counted',
  $currentOp: 'operations are not tracked',
  $listSessions: 'sessions are not tracked',
  $out: 'pipelines cannot write',
  $merge: 'pipelines cannot write',
};

export type Stages = readonly (readonly [name: string, argument: unknown])[];

/** Stages as a list of name and argument, checked for form. */
export function parsePipeline(pipeline: unknown): Stages {
  if (!Array.isArray(pipeline)) throw new CommandError(14, "'pipeline' option must be specified as an array");
  return pipeline.map((stage: unknown) => {
    if (!isDocument(stage) || Object.keys(stage).length !== 1) {
      throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
    }
    const name = Object.keys(stage)[0] ?? '';
    const why = REFUSED[name];
    if (why) throw new CommandError(115, `${name} is not supported by the embedded server: ${why}`);
    if (name === '$watch') throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
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
  const find: Doc = { hint: body.hint, allowDiskUse: body.allowDiskUse ?? true, let: body.let };
  let at = 0;
  const takeMatches = () => {
    for (; stages[at]?.[0] === '$match'; at++) filters.push(filterOption(stages[at]?.[1], '$match'));
  };
  takeMatches();
  if (stages[at]?.[0] === '$sort') {
    find.sort = stages[at++]?.[1];
    takeMatches();
  }
  if (stages[at]?.[0] === '$skip') find.skip = stages[at++]?.[1];
  if (stages[at]?.[0] === '$limit') find.limit = stages[at++]?.[1];
  if (find.limit === 0) throw new CommandError(15958, 'the limit must be positive');
  const [first = {}] = filters;
  return {
    find: { ...find, filter: filters.length > 1 ? { $and: filters } : first },
    rest: stages.slice(at),
  };
}

/** Runs a find to its end; for stages that read a second collection. */
function findAll(engine: Scope, db: string, name: string, filter: Doc): Doc[] {
  const collection = engine.catalog.find(db, name);
  if (!collection) return [];
  const budget = new Budget(0, false);
  const stream = new FindStream(engine, collection, prepareFind(engine, collection, { filter }));
  const docs: Doc[] = [];
  for (let bytes = stream.next(budget); Buffer.isBuffer(bytes); bytes = stream.next(budget)) {
    docs.push(decodePromoted(bytes));
  }
  return docs;
}

interface Results {
  next(): { done?: boolean; value?: unknown };
}

/** Runs stages with mingo; the time is checked between all of them. */
export function runStages(
  engine: Scope,
  db: string,
  stages: Stages,
  source: Iterable<Doc>,
  options: { variables: Doc | undefined; budget: Budget },
): Results {
  const { variables, budget } = options;
  const findByField = (from: string, path: string, values: unknown[]) =>
    findAll(engine, db, from, { [path]: { $in: values } });
  const check = () => void budget.spent();
  const pipeline = stages.flatMap(([name, argument]) => [
    { [name]: normalizeFilter(argument) },
    { $watch: check },
  ]);
  const mingoOptions = {
    context: createPipelineContext(findByField),
    scriptEnabled: false,
    collectionResolver: (name: string) => findAll(engine, db, name, {}),
    variables,
  };
  return new Aggregator(pipeline, mingoOptions).stream(source as never);
}

/** Results of mingo as a stream of BSON. */
export class PipelineStream implements ResultStream {
  readonly #results: Results;
  readonly #onPause: () => void;
  #pause = false;

  constructor(results: Results, onPause: () => void = () => undefined) {
    this.#results = results;
    this.#onPause = onPause;
  }

  next(budget: Budget): Buffer | undefined | Yield {
    if (this.#pause) {
      this.#pause = false;
      this.#onPause();
      return YIELD;
    }
    const { done, value } = this.#results.next();
    this.#pause = budget.spent();
    return done ? undefined : encode(value as Doc);
  }

  refresh(): void {
    this.#onPause();
  }
}

/** Documents for mingo, read as they are asked for. */
class DocumentSource {
  readonly #source: ResultStream;
  readonly #budget: Budget;
  #stale = false;

  constructor(source: ResultStream, budget: Budget) {
    this.#source = source;
    this.#budget = budget;
  }

  markStale(): void {
    this.#stale = true;
  }

  *[Symbol.iterator](): Generator<Doc> {
    for (;;) {
      if (this.#stale) this.#source.refresh();
      this.#stale = false;
      const bytes = this.#source.next(this.#budget);
      if (bytes === undefined) return;
      if (bytes !== YIELD) yield decodePromoted(bytes);
    }
  }
}

/** A `$group` right after the find: fed step by step, with pauses, before the other stages see its results. */
class GroupStream implements ResultStream {
  readonly #source: FindStream;
  readonly #grouping: Grouping;
  readonly #decode: (bytes: Buffer) => Doc;
  readonly #finish: (groups: Iterable<Doc>) => ResultStream;
  #results: ResultStream | undefined;

  constructor(
    source: FindStream,
    grouping: Grouping,
    decode: (bytes: Buffer) => Doc,
    finish: (groups: Iterable<Doc>) => ResultStream,
  ) {
    this.#source = source;
    this.#grouping = grouping;
    this.#decode = decode;
    this.#finish = finish;
  }

  next(budget: Budget): Buffer | undefined | Yield {
    while (!this.#results) {
      const doc = this.#source.nextDocument(budget, this.#decode);
      if (doc === YIELD) return YIELD;
      if (doc === undefined) this.#results = this.#finish(this.#grouping.results());
      else this.#grouping.add(doc);
    }
    return this.#results.next(budget);
  }

  refresh(): void {
    this.#source.refresh();
  }
}

/** Opens the results of a pipeline on a collection. */
export function openPipeline(
  engine: Scope,
  collection: CollectionMeta,
  split: SplitPipeline,
  options: { variables: Doc | undefined; budget: Budget },
): { stream: ResultStream; source: FindStream; find: PreparedFind } {
  const find = prepareFind(engine, collection, split.find);
  const source = new FindStream(engine, collection, find);
  const { rest } = split;
  if (rest.length === 0) return { stream: source, source, find };
  const [first] = rest;
  if (first?.[0] === '$group') {
    const evaluation = {
      context: createPipelineContext(() => []),
      variables: options.variables,
      scriptEnabled: false,
    };
    const grouping = Grouping.compile(normalizeFilter(first[1]), evaluation);
    if (grouping) {
      const names = fieldsOfExpression(first[1]);
      const whole = (bytes: Buffer) => decodePromoted(Buffer.from(bytes));
      const decode = names ? fieldDecoder(names) : whole;
      const finish = (groups: Iterable<Doc>) =>
        new PipelineStream(runStages(engine, collection.db, rest.slice(1), groups, options));
      return { stream: new GroupStream(source, grouping, decode, finish), source, find };
    }
  }
  const documents = new DocumentSource(source, options.budget);
  const results = runStages(engine, collection.db, rest, documents, options);
  return { stream: new PipelineStream(results, () => documents.markStale()), source, find };
}
