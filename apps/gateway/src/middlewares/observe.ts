import type { RequestHandler } from 'express';
import { methods } from '../routing/methods.ts';
import type { AccessLog } from '../observe/access-log.ts';
import type { GatewayMetrics } from '../observe/metrics.ts';
import { stateOf } from '../state.ts';

/** One log line and one count per request: names from fixed lists, never the path or the query. */
export function observeRequests(log: AccessLog, metrics: GatewayMetrics): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    response.on('close', () => {
      const { requestId, client, match, routeClass = 'none' } = stateOf(response);
      const milliseconds = performance.now() - started;
      // What nginx calls 499: the client left before the answer.
      const status = response.writableFinished ? response.statusCode : 499;
      const method = methods.has(request.method) ? request.method : 'other';
      const service = match?.service ?? 'gateway';
      metrics.observe(service, routeClass, method, status, milliseconds / 1000);
      const ms = Math.round(milliseconds * 10) / 10;
      log({ requestId, ip: client.ip, method, service, route: match?.row.template ?? 'none', status, ms });
    });
    next();
  };
}
