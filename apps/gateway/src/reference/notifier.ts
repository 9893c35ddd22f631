import type { RequestHandler } from 'express';
import { Pool } from 'undici';

const hidden = new Set(['connection', 'host', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** Shows the notifier's dashboard and dead letters on the operations port, so that one internal port is enough. */
export function forwardToNotifier(url: string): RequestHandler {
  const pool = new Pool(url, { connections: 8, headersTimeout: 30_000 });
  return (request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !hidden.has(name)));
    const hasBody = Number(request.headers['content-length'] ?? 0) > 0;
    pool
      .stream(
        {
          method: request.method,
          path: request.originalUrl,
          headers,
          body: hasBody ? request : null,
        },
        (answer) => {
          const shown = Object.entries(answer.headers).filter(([name]) => !hidden.has(name));
          response.writeHead(answer.statusCode, Object.fromEntries(shown));
          return response;
        },
      )
      .catch(() => {
        if (response.headersSent) response.destroy();
        else response.status(502).json({ message: 'The notifier does not answer.' });
      });
  };
}
