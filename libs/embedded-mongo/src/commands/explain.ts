import { openPipeline, parsePipeline, splitPipeline } from '../aggregate/run.ts';
import { decodeExact, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Command, Engine, Reply } from '../engine.ts';
import { budgetOf, collectionName, filterOption, numberOption } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { drive, YIELD } from '../query/budget.ts';
import type { Budget } from '../query/budget.ts';
import { evaluateLet } from '../query/expressions.ts';
import type { ResultStream } from '../cursors.ts';
import type { IndexPlan, Plan } from '../query/plan.ts';
import type { CollectionMeta } from '../storage/catalog.ts';
import { promote } from '../update/promote.ts';
import { coveredCount } from './count.ts';
import { SET_NAME } from './handshake.ts';
import { FindStream, prepareFind } from './find.ts';
import type { PreparedFind } from './find.ts';

function indexStage({ index, reverse, intervals }: IndexPlan): Doc {
  return {
    stage: 'IXSCAN',
    keyPattern: index.key,
    indexName: index.name,
    isMultiKey: index.multikey.includes(true),
    isUnique: index.unique,
    isSparse: index.sparse,
    isPartial: index.partialFilterExpression !== undefined,
    direction: reverse ? 'backward' : 'forward',
    intervals: intervals.length,
  };
}

function accessStage(plan: Plan, filter: Doc): Doc {
  const rest = plan.exact ? {} : { filter };
  switch (plan.kind) {
    case 'scan':
      return { stage: 'COLLSCAN', ...rest, direction: plan.reverse ? 'backward' : 'forward' };
    case 'union':
      return {
        stage: 'FETCH',
        ...rest,
        inputStage: { stage: 'OR', inputStages: plan.branches.map(indexStage) },
      };
    case 'index': {
      const input = indexStage(plan);
      const merged =
        plan.merge && plan.intervals.length > 1 ? { stage: 'SORT_MERGE', inputStage: input } : input;
      return { stage: 'FETCH', ...rest, inputStage: merged };
    }
  }
}

function findStages(find: PreparedFind): Doc {
  let stage = accessStage(find.plan, find.filter);
  if (find.sort.length > 0 && !find.plan.sorted) {
    stage = { stage: 'SORT', sortPattern: Object.fromEntries(find.sort), inputStage: stage };
  }
  if (find.skip > 0) stage = { stage: 'SKIP', skipAmount: find.skip, inputStage: stage };
  if (find.limit > 0) stage = { stage: 'LIMIT', limitAmount: find.limit, inputStage: stage };
  if (find.projection) stage = { stage: 'PROJECTION', inputStage: stage };
  return stage;
}

interface Executed {
  nReturned: number;
  keys: number;
  docs: number;
}

interface Explained {
  winningPlan: Doc;
  filter: Doc;
  /** Runs the read part; nothing is written. */
  execute: (budget: Budget) => Executed | Promise<Executed>;
}

function drain(stream: ResultStream, source: FindStream, budget: Budget): Executed | Promise<Executed> {
  let nReturned = 0;
  const finish = (): Executed => {
    budget.release();
    const { keys, docs } = source.matches.examined;
    return { nReturned, keys, docs };
  };
  const done = drive(budget, () => {
    for (;;) {
      const next = stream.next(budget);
      if (next === YIELD) return YIELD;
      if (next === undefined) return true;
      nReturned++;
    }
  });
  return done instanceof Promise ? done.then(finish) : finish();
}

function explainFind(engine: Engine, collection: CollectionMeta, body: Doc, wrap?: string): Explained {
  const find = prepareFind(engine, collection, body);
  const stages = findStages(find);
  return {
    winningPlan: wrap ? { stage: wrap, inputStage: stages } : stages,
    filter: find.filter,
    execute: (budget) => {
      const stream = new FindStream(engine, collection, find);
      return drain(stream, stream, budget);
    },
  };
}

function explainCount(engine: Engine, collection: CollectionMeta, body: Doc): Explained {
  const find = prepareFind(engine, collection, { filter: body.query, hint: body.hint });
  const covered = coveredCount(engine, collection, find.plan, find.filter);
  if (covered === undefined)
    return explainFind(engine, collection, { filter: body.query, hint: body.hint }, 'COUNT');
  const scan =
    find.plan.kind === 'index'
      ? { ...indexStage(find.plan), stage: 'COUNT_SCAN' }
      : { stage: 'RECORD_STORE_FAST_COUNT' };
  const keys = find.plan.kind === 'index' ? covered : 0;
  return {
    winningPlan: { stage: 'COUNT', inputStage: scan },
    filter: find.filter,
    execute: () => ({ nReturned: 1, keys, docs: 0 }),
  };
}

function explainAggregate(engine: Engine, collection: CollectionMeta, body: Doc): Explained {
  const split = splitPipeline(parsePipeline(body.pipeline, evaluateLet(body.let)), body);
  const { stream, source, find } = openPipeline(engine, collection, split, body);
  return {
    winningPlan: findStages(find),
    filter: find.filter,
    execute: (budget) => drain(stream, source, budget),
  };
}

/** The statement that a write is about; MongoDB explains one at a time as well. */
function firstStatement(inner: Doc, name: string): Doc {
  const list = inner[name];
  const [statement] = Array.isArray(list) ? (list as unknown[]) : [];
  if (!isDocument(statement)) throw new CommandError(9, `explain needs one statement in '${name}'`);
  return statement;
}

function explainInner(engine: Engine, collection: CollectionMeta, name: string, inner: Doc): Explained {
  switch (name) {
    case 'find':
      return explainFind(engine, collection, inner);
    case 'count':
      return explainCount(engine, collection, inner);
    case 'distinct':
      return explainFind(engine, collection, { filter: inner.query, hint: inner.hint }, 'DISTINCT');
    case 'aggregate':
      return explainAggregate(engine, collection, inner);
    case 'update': {
      const { q, sort, hint, multi } = firstStatement(inner, 'updates');
      return explainFind(
        engine,
        collection,
        { filter: q, sort, hint, limit: multi === true ? 0 : 1 },
        'UPDATE',
      );
    }
    case 'delete': {
      const { q, hint, limit } = firstStatement(inner, 'deletes');
      return explainFind(engine, collection, { filter: q, hint, limit: numberOption(limit, 0) }, 'DELETE');
    }
    case 'findAndModify':
    case 'findandmodify': {
      const stage = inner.remove === true ? 'DELETE' : 'UPDATE';
      return explainFind(
        engine,
        collection,
        { filter: inner.query, sort: inner.sort, hint: inner.hint, limit: 1 },
        stage,
      );
    }
    default:
      throw new CommandError(59, `Explain failed due to unknown command: ${name}`);
  }
}

function missing(inner: Doc): Explained {
  return {
    winningPlan: { stage: 'EOF' },
    filter: filterOption(inner.filter ?? inner.query, 'filter'),
    execute: () => ({ nReturned: 0, keys: 0, docs: 0 }),
  };
}

export async function explain(engine: Engine, command: Command): Promise<Reply> {
  const { body, db } = command;
  if (!isDocument(body.explain)) throw new CommandError(14, "BSON field 'explain.explain' must be an object");
  const inner = promote(body.explain) as Doc;
  const name = Object.keys(inner)[0] ?? '';
  for (const sequence of ['updates', 'deletes']) {
    const raw = command.sequences.get(sequence);
    if (raw) inner[sequence] = raw.map((bytes) => promote(decodeExact(bytes)));
  }
  const ns = `${db}.${collectionName({ ...command, name, body: inner })}`;
  const collection = engine.catalog.find(db, ns.slice(db.length + 1));
  const explained = collection ? explainInner(engine, collection, name, inner) : missing(inner);
  const { winningPlan, filter } = explained;
  const queryPlanner = { namespace: ns, parsedQuery: filter, winningPlan, rejectedPlans: [] };
  const reply: Doc = { explainVersion: '1', queryPlanner };
  if (body.verbosity !== 'queryPlanner') {
    const started = performance.now();
    const { nReturned, keys, docs } = await explained.execute(budgetOf(command));
    reply.executionStats = {
      executionSuccess: true,
      nReturned,
      executionTimeMillis: Math.round(performance.now() - started),
      totalKeysExamined: keys,
      totalDocsExamined: docs,
      executionStages: winningPlan,
    };
  }
  const [host = '', port = '0'] = engine.address.split(/:(?=\d+$)/);
  return { ...reply, serverInfo: { host, port: Number(port), version: '7.0.0', setName: SET_NAME }, ok: 1 };
}
