import cors from 'cors';
import type { RequestHandler } from 'express';
import { setHeaders } from '../answers.ts';
import { methods } from '../routing/methods.ts';
import { stateOf } from '../state.ts';

const allowedMethods = [...methods];
const dayInSeconds = 86_400;

/** Answers OPTIONS for every path, so that no service is asked what browsers may send. */
export function answerPreflights(origins: readonly string[]): RequestHandler {
  const preflight = cors({
    origin: origins.includes('*') ? '*' : [...origins],
    methods: allowedMethods,
    maxAge: dayInSeconds,
  });
  return (request, response, next) => {
    if (request.method !== 'OPTIONS') {
      next();
      return;
    }
    setHeaders(response, stateOf(response).headers);
    response.setHeader('Allow', allowedMethods.join(', '));
    preflight(request, response, next);
  };
}
