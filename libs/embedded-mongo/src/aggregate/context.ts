import { Context } from 'mingo/core';
import * as pipelineOperators from 'mingo/operators/pipeline';
import * as projectionOperators from 'mingo/operators/projection';
import * as windowOperators from 'mingo/operators/window';
import { queryContext } from '../query/matcher.ts';

const { $merge: _merge, $out: _out, ...supported } = pipelineOperators;

/** The operators of pipelines; writing stages are handled by the command. */
export const pipelineContext = Context.from(queryContext)
  .addPipelineOps(supported)
  .addProjectionOps(projectionOperators)
  .addWindowOps(windowOperators);
