import { AppError } from '@portico/envelope';
import type { RequestHandler } from 'express';
import type { RouteTable } from '../routing/routes.ts';
import { serviceOfBody } from '../routing/shared-path.ts';
import { stateOf } from '../state.ts';
import { largestSmallBody } from './body.ts';

/** Refuses what could not be told apart by its body, before the body is read. */
export function checkSharedPath(table: RouteTable): RequestHandler {
  return (request, response, next) => {
    const { match, target } = stateOf(response);
    if (!match && target && table.shared(target.path)) {
      if (request.method !== 'POST')
        throw new AppError('method_not_allowed', { headers: { Allow: 'POST, OPTIONS' } });
      if (request.headers['content-encoding'] !== undefined) throw new AppError('unsupported_media_type');
      if (Number(request.headers['content-length'] ?? 0) > largestSmallBody)
        throw new AppError('payload_too_large');
    }
    next();
  };
}

/** Finds the service of a path that several document by the body, whose bytes are passed on as they came. */
export function chooseByBody(table: RouteTable): RequestHandler {
  return (_request, response, next) => {
    const state = stateOf(response);
    const shared = !state.match && state.target && table.shared(state.target.path);
    if (shared) {
      if (state.streams) throw new AppError('payload_too_large');
      const service = serviceOfBody(shared, state.body ?? Buffer.alloc(0));
      state.match = table.resolve(`/${service}${shared.path}`);
    }
    next();
  };
}
