import { randomBytes } from 'node:crypto';
import { AppError } from '@portico/envelope';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { answerJson, setHeaders } from '../answers.ts';
import { stateOf } from '../state.ts';
import { createSiteReader, type Encoding, type SiteFile } from './site.ts';

export interface ConsoleOptions {
  /** Where the build of the console is. */
  folder: string;
  environment: string;
  services: readonly string[];
  /** Origins that the page may call beside its own, such as the bucket of project files. */
  connectSources: readonly string[];
}

const yearSeconds = 31_536_000;
const noncePlace = '__NONCE__';

/** Shown while the console is being built: it asks again by itself. */
const buildingPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="refresh" content="1">
    <title>Portico console</title>
  </head>
  <body>
    <p>The console is being built. 控制台正在构建。</p>
  </body>
</html>
`;

/** The operators' console under `/console/`: its files from memory, and `index.html` for each of its pages. */
export function serveConsole({
  folder,
  environment,
  services,
  connectSources,
}: ConsoleOptions): RequestHandler {
  const readSite = createSiteReader(folder);
  const router = express.Router({ caseSensitive: true, strict: true });

  router.use('/console', (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new AppError('method_not_allowed', { headers: { Allow: 'GET, HEAD' } });
    if (request.originalUrl.split('?')[0] === '/console') {
      setHeaders(response, stateOf(response).headers);
      response.redirect(308, '/console/');
    } else next();
  });
  router.get('/console/config.json', async (_request, response) => {
    const version = (await readSite())?.get('index.html')?.etag.slice(1, -1);
    answerJson(response, 200, { version, environment, services });
  });
  router.get('/console/assets/*name', async (request, response) => {
    const file = (await readSite())?.get(request.path.slice('/console/'.length));
    if (!file) throw new AppError('route_not_found');
    setHeaders(response, stateOf(response).headers);
    // Their names carry a hash of their content.
    response.setHeader('Cache-Control', `public, max-age=${yearSeconds}, immutable`);
    sendFile(request, response, file);
  });
  router.get('/console/*page', (request, _response, next) => {
    if (request.path.split('/').at(-1)?.includes('.')) throw new AppError('route_not_found');
    next();
  });
  router.get(['/console/', '/console/*page'], async (_request, response) => {
    const index = (await readSite())?.get('index.html');
    const nonce = randomBytes(16).toString('base64url');
    setHeaders(response, stateOf(response).headers);
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Security-Policy', policy(nonce, connectSources));
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    if (!index) response.status(503).setHeader('Retry-After', '1').type('html').send(buildingPage);
    else response.type('html').send(index.body.toString('utf8').replace(noncePlace, nonce));
  });
  return router;
}

function policy(nonce: string, connectSources: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    ['connect-src', "'self'", ...connectSources].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function sendFile(request: Request, response: Response, { type, etag, body, encoded }: SiteFile): void {
  response.setHeader('Content-Type', type).setHeader('ETag', etag).vary('Accept-Encoding');
  if (request.headers['if-none-match'] === etag) {
    response.status(304).end();
    return;
  }
  const available = Object.keys(encoded) as Encoding[];
  const accepted = request.acceptsEncodings([...available, 'identity']);
  const chosen = available.find((encoding) => encoding === accepted);
  if (chosen) response.setHeader('Content-Encoding', chosen);
  const bytes = chosen ? (encoded[chosen] ?? body) : body;
  response.setHeader('Content-Length', bytes.length);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
