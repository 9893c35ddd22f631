import type { Descriptor } from '@portico/descriptor';
import { AppError } from '@portico/envelope';
import { excludedChecks } from '@portico/service';
import express, { type RequestHandler } from 'express';
import swaggerUi from 'swagger-ui-express';
import { answerJson, setHeaders } from '../answers.ts';
import type { RouteTable } from '../routing/routes.ts';
import { stateOf } from '../state.ts';
import { createReference } from './openapi.ts';

/** What keeps the gateway from being ready, by name, apart from the checks that are left out. */
export type Readiness = (excluded: readonly string[]) => Promise<Record<string, string>>;

export interface PagesOptions {
  services: readonly Descriptor[];
  table: RouteTable;
  urls: ReadonlyMap<string, readonly string[]>;
  readiness: Readiness;
  /** Serves the console, where it is on. */
  console: RequestHandler | undefined;
}

/** Everything from this host, nothing inline, nothing evaluated. The images are in the style sheet. */
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page of swagger-ui-express has inline styles, which the policy forbids. */
const docsPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Portico API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <main id="swagger-ui"></main>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/swagger-ui-standalone-preset.js"></script>
    <script src="/docs/swagger-ui-init.js"></script>
  </body>
</html>
`;
const assets = new Set([...docsPage.matchAll(/"\/docs(\/[\w.-]+)"/g)].map((match) => match[1]));

const referenceOptions = {
  swaggerUrl: '/openapi.json',
  swaggerOptions: { docExpansion: 'none', filter: true, persistAuthorization: true, validatorUrl: null },
};

/** What the gateway answers itself: every path that no service has. */
export function createPages(options: PagesOptions): RequestHandler {
  const { services, table, urls, readiness } = options;
  const reference = createReference(urls, table);
  const pages = express.Router({ caseSensitive: true, strict: true });
  const page = (path: string, handler: RequestHandler) =>
    pages.get(path, handler).all(path, () => {
      throw new AppError('method_not_allowed', { headers: { Allow: 'GET, HEAD' } });
    });

  page('/', (_request, response) =>
    answerJson(response, 200, {
      name: 'Portico',
      docs: '/docs',
      openapi: '/openapi.json',
      services: services.map(({ name }) => `/${name}`),
    }),
  );
  page('/healthz', (_request, response) => answerJson(response, 200, { status: 'ok' }));
  page('/readyz', async (request, response) => {
    const problems = await readiness(excludedChecks(request.url));
    const ready = Object.keys(problems).length === 0;
    answerJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'unavailable', problems });
  });
  page('/openapi.json', async (_request, response) => answerJson(response, 200, await reference.document()));

  pages.use('/docs', (request, response, next) => {
    if (!assets.has(request.path) && request.path !== '/') throw new AppError('route_not_found');
    setHeaders(response, stateOf(response).headers);
    response.setHeader('Content-Security-Policy', docsPolicy).setHeader('Cache-Control', 'no-cache');
    next();
  });
  page('/docs{/}', (_request, response) => void response.type('html').send(docsPage));
  pages.use('/docs', swaggerUi.serveFiles(undefined, referenceOptions));
  if (options.console) pages.use(options.console);
  pages.use(() => {
    throw new AppError('route_not_found');
  });

  return (request, response, next) => {
    const { match, target } = stateOf(response);
    if (!target || match || table.shared(target.path)) next();
    else pages(request, response, next);
  };
}
