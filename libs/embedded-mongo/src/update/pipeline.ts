import { Aggregator } from 'mingo/aggregator';
import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError } from '../errors.ts';
import { pipelineContext } from '../aggregate/context.ts';
import { promote, restoreTypes } from './promote.ts';

const STAGES = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith']);

/** Compiles an update that is a pipeline; it runs on documents with exact number types. */
export function compilePipeline(pipeline: readonly unknown[], variables: Doc | undefined): (doc: Doc) => Doc {
  for (const stage of pipeline) {
    const name = isDocument(stage) ? (Object.keys(stage)[0] ?? '') : '';
    if (!STAGES.has(name)) throw new CommandError(72, `${name} is not allowed to be used within an update`);
  }
  const stages = promote(pipeline) as Doc[];
  const aggregator = new Aggregator(stages, { context: pipelineContext, variables });
  return (doc) => {
    const [result] = aggregator.run([promote(doc) as never]);
    return restoreTypes(result, doc) as Doc;
  };
}
