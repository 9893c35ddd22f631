import type { RequestHandler } from 'express';
import { classOf, type RouteTable } from '../routing/routes.ts';
import { parseTarget } from '../routing/target.ts';
import { stateOf } from '../state.ts';

/** Finds the service and the limit class from the path alone. What cannot be routed is refused by the next ones. */
export function findRoute(table: RouteTable): RequestHandler {
  return (request, response, next) => {
    const state = stateOf(response);
    const target = parseTarget(request.url);
    if (target) {
      const match = table.resolve(target.path);
      state.target = target;
      state.match = match;
      state.routeClass = match
        ? classOf(match.row, request.method)
        : (table.shared(target.path)?.class ?? 'read');
    }
    next();
  };
}
