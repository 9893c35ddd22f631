import type { ServerResponse } from 'node:http';
import { toAppError, type Logger } from '@portico/service';
import type { AppError } from '@portico/envelope';
import type { ErrorRequestHandler } from 'express';
import { answerJson } from '../answers.ts';
import type { Renderer } from '../errors.ts';
import { createFailureLog } from '../observe/failure-log.ts';
import { stateOf } from '../state.ts';

/** Answers an error in the dialect of the service that was addressed; does nothing where an answer began. */
export type Refuse = (response: ServerResponse, error: AppError) => void;

/** How long an unread body may go on arriving after a refusal, so that its sender reads the answer. */
const lingerMs = 2000;

export function createRefuse(render: Renderer, logger: Logger): Refuse {
  const logFailure = createFailureLog(logger);
  return (response, error) => {
    if (response.headersSent || response.destroyed) return;
    const request = response.req;
    const { match, requestId } = stateOf(response);
    const { status, body, headers } = render(error, match);
    if (status >= 500) logFailure(error, status, match?.service ?? 'gateway', requestId);
    answerJson(response, status, body, headers);
    if (request.complete) return;
    request.unpipe();
    request.resume();
    const cut = setTimeout(() => {
      if (!request.complete) request.socket.destroy();
    }, lingerMs);
    request.once('close', () => clearTimeout(cut));
  };
}

/** The last of the chain: whatever a middleware threw or passed on. */
export function answerErrors(refuse: Refuse): ErrorRequestHandler {
  // Express tells error handlers by their four parameters.
  return (thrown: unknown, _request, response, _next) => refuse(response, toAppError(thrown, []));
}
