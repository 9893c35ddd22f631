import { openPipeline, parsePipeline, PipelineStream, runStages, splitPipeline } from '../aggregate/run.ts';
import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Command, Engine, Reply } from '../engine.ts';
import { checkCollation, letOption, numberOption } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { Budget } from '../query/budget.ts';
import { firstBatch } from './find.ts';

export function aggregate(engine: Engine, command: Command): Reply | Promise<Reply> {
  const { body, db } = command;
  checkCollation(body.collation);
  const stages = parsePipeline(body.pipeline);
  if (stages.some(([name]) => name === '$out' || name === '$merge')) {
    throw new CommandError(115, '$out and $merge are not supported by the embedded server');
  }
  const budget = new Budget(numberOption(body.maxTimeMS, 0), true);
  const batchSize = numberOption(isDocument(body.cursor) ? body.cursor.batchSize : undefined, 101);
  const options = { batchSize, single: false, budget };
  const variables = letOption(body);
  if (body.aggregate === 1) {
    if (stages[0]?.[0] !== '$documents')
      throw new CommandError(73, '{aggregate: 1} is not valid for this pipeline');
    const iterator = runStages(engine, db, stages, [], variables);
    return firstBatch(engine, `${db}.$cmd.aggregate`, new PipelineStream(iterator), options);
  }
  const name = String(body.aggregate);
  const ns = `${db}.${name}`;
  const collection = engine.catalog.find(db, name);
  const split = splitPipeline(stages, body);
  if (!collection) {
    const iterator = runStages(engine, db, stages, [] as Doc[], variables);
    return firstBatch(engine, ns, new PipelineStream(iterator), options);
  }
  const { stream } = openPipeline(engine, collection, split, budget, variables);
  return firstBatch(engine, ns, stream, options);
}
