import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '@portico/envelope';
import { describeTrace, traceHeaders } from '@portico/service';
import type { Request, RequestHandler, Response } from 'express';
import { createProxyMiddleware, type Options } from 'http-proxy-middleware';
import { requestHeaders } from '../proxy/headers.ts';
import { ProxiedRequest, type ProxiedRequestOptions } from '../proxy/proxied-request.ts';
import { isRepeatable } from '../routing/routes.ts';
import { stateOf } from '../state.ts';
import type { BodyLimits } from './body.ts';

type Fixed = Pick<ProxiedRequestOptions, 'responseTimeoutMs' | 'ownHeaderNames' | 'refuse'>;

/**
 * Passes the request on to its service. http-proxy-middleware removes neither hop-by-hop headers nor what a client says
 * of itself, so headers and URL are replaced before it sees the request, and it leaves the answer to `ProxiedRequest`.
 */
export function proxyToService(bodyLimits: BodyLimits, fixed: Fixed): RequestHandler {
  const forward = createProxyMiddleware<Request, Response>({
    router: (_request, response, options) => proxiedOf(response)?.prepare(options) ?? 'http://invalid.',
    pathFilter: () => true,
    prependPath: false,
    selfHandleResponse: true,
    // The default error answer would show host, path and query, with tokens.
    ejectPlugins: true,
    plugins: [followRequest],
  });
  return (request, response) => {
    const state = stateOf(response);
    const { requestId, client, body, target } = state;
    const { match, upstream, lane } = state;
    if (!match || !upstream || !lane) throw new AppError('route_not_found');
    describeTrace(match.row.template, requestId);
    const length = body?.length ?? Number(request.headers['content-length'] ?? 0);
    request.headers = requestHeaders(request.headers, {
      client,
      requestId,
      length,
      unconditional: match.row.unsafeGet && match.row.isDocumented,
      trace: traceHeaders(),
    });
    request.url = `${match.path}${target?.query ?? ''}`;
    state.proxied = new ProxiedRequest({
      ...fixed,
      request,
      response,
      upstream,
      lane,
      repeatable: isRepeatable(match.row, request.method),
      maxBodyBytes: bodyLimits.of(match),
      forward: (...pair) => void forward(...pair),
    });
    state.proxied.start();
  };
}

const followRequest: NonNullable<Options<Request, Response>['plugins']>[number] = (proxy) => {
  proxy.on('proxyReq', (outgoing, _request, response) => proxiedOf(response)?.sending(outgoing));
  proxy.on('proxyRes', (incoming: IncomingMessage, _request, response) =>
    proxiedOf(response)?.answer(incoming),
  );
  const failed = (error: Error, response: ServerResponse | Socket | undefined) =>
    proxiedOf(response as ServerResponse | undefined)?.failed(error);
  proxy.on('error', (error, _request, response) => failed(error, response));
  proxy.on('econnreset', (error, _request, response) => failed(error, response));
};

function proxiedOf(response: ServerResponse | undefined): ProxiedRequest | undefined {
  return response && stateOf(response).proxied;
}
