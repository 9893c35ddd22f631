import { Context } from 'mingo/core';
import * as pipelineOperators from 'mingo/operators/pipeline';
import * as projectionOperators from 'mingo/operators/projection';
import * as windowOperators from 'mingo/operators/window';
import { queryContext } from '../query/matcher.ts';
import { groupStage } from './group.ts';
import { bucketStage, lookupStage, sortStage } from './stages.ts';
import type { FindByField } from './stages.ts';

const { $merge: _merge, $out: _out, ...supported } = pipelineOperators;

type PipelineOps = Parameters<Context['addPipelineOps']>[0];

/** Passes documents on and calls a function for each; put between stages to watch the time. */
function watchStage(input: { map(change: (doc: unknown) => unknown): unknown }, check: () => void): unknown {
  return input.map((doc) => {
    check();
    return doc;
  });
}

/** The operators of pipelines: ours where mingo differs from MongoDB or keeps too much, mingo's for the rest. */
export function createPipelineContext(findByField: FindByField): Context {
  const own = {
    $group: groupStage(pipelineOperators.$group as never),
    $sort: sortStage,
    $bucket: bucketStage,
    $lookup: lookupStage(pipelineOperators.$lookup as never, findByField),
    $watch: watchStage,
  };
  return Context.from(queryContext)
    .addPipelineOps(own as unknown as PipelineOps)
    .addPipelineOps(supported)
    .addProjectionOps(projectionOperators)
    .addWindowOps(windowOperators);
}

/** For pipelines that see a single document. */
export const pipelineContext = createPipelineContext(() => []);
