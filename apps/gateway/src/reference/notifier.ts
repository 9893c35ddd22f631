import { Agent } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';

/** Shows the notifier's dashboard and dead letters on the operations port, so that one internal port is enough. */
export function forwardToNotifier(url: string): RequestHandler {
  return createProxyMiddleware<Request, Response>({
    target: url,
    agent: new Agent({ keepAlive: true, maxSockets: 8 }),
    proxyTimeout: 30_000,
    pathRewrite: (_path, request) => request.originalUrl,
    on: {
      error(_error, _request, response) {
        if (!('status' in response) || response.headersSent) response.destroy();
        else response.status(502).json({ message: 'The notifier does not answer.' });
      },
    },
  }) as RequestHandler;
}
