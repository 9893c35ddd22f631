import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { AppError } from '@portico/envelope';
import { excludedChecks } from '@portico/service';
import { answerJson, type Passage } from '../passage.ts';
import type { Target } from '../routing/target.ts';
import { createReference } from './openapi.ts';
import type { ServiceName } from '../services.ts';

/** What keeps the gateway from being ready, by name, apart from the checks that are left out. */
export type Readiness = (excluded: readonly string[]) => Promise<Record<string, string>>;

export interface PagesOptions {
  urls: Readonly<Record<ServiceName, readonly string[]>>;
  readiness: Readiness;
}

/** What the gateway answers by itself. */
export interface Pages {
  /** @throws AppError for a path that nobody has */
  answer(passage: Passage, method: string, target: Target): Promise<void>;
}

interface Page {
  type: string;
  text: string | Buffer;
}

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';
const assets: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': script,
  'favicon-32x32.png': 'image/png',
};

/** Everything from this host, nothing inline, nothing evaluated. The images are in the style sheet. */
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const docsPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Portico API</title>
    <link rel="icon" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <main id="reference"></main>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
const startScript = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  persistAuthorization: true,
  validatorUrl: null,
});
`;

export function createPages({ urls, readiness }: PagesOptions): Pages {
  const reference = createReference(urls);
  const resolve = createRequire(import.meta.url).resolve;
  const loaded = new Map<string, Promise<Buffer>>();
  const load = (name: string) => {
    const bytes = loaded.get(name) ?? readFile(resolve(`swagger-ui-dist/${name}`));
    loaded.set(name, bytes);
    return bytes;
  };

  const json: Record<string, (passage: Passage, query: string) => Promise<void> | void> = {
    '/': (passage) => {
      answerJson(passage, 200, {
        name: 'Portico',
        docs: '/docs',
        openapi: '/openapi.json',
        services: Object.keys(urls).map((service) => `/${service}`),
      });
    },
    '/healthz': (passage) => answerJson(passage, 200, { status: 'ok' }),
    '/readyz': async (passage, query) => {
      const problems = await readiness(excludedChecks(query));
      const ready = Object.keys(problems).length === 0;
      answerJson(passage, ready ? 200 : 503, { status: ready ? 'ready' : 'unavailable', problems });
    },
    '/openapi.json': async (passage) => answerJson(passage, 200, await reference.document()),
  };

  async function page(path: string): Promise<Page | undefined> {
    if (path === '/docs' || path === '/docs/') return { type: html, text: docsPage };
    if (!path.startsWith('/docs/')) return undefined;
    const name = path.slice('/docs/'.length);
    if (name === 'start.js') return { type: script, text: startScript };
    const type = Object.hasOwn(assets, name) ? assets[name] : undefined;
    return type === undefined ? undefined : { type, text: await load(name) };
  }

  return {
    async answer(passage, method, { path, query }) {
      const own = Object.hasOwn(json, path) ? json[path] : undefined;
      const shown = own ? undefined : await page(path);
      if (!own && !shown) throw new AppError('route_not_found');
      if (method !== 'GET' && method !== 'HEAD')
        throw new AppError('method_not_allowed', { headers: { Allow: 'GET, HEAD' } });
      if (own) await own(passage, query);
      else if (shown) answerPage(passage, shown);
    },
  };
}

function answerPage({ response, headers }: Passage, { type, text }: Page): void {
  const kept = headers.flatMap((name, index) =>
    index % 2 === 0 && name !== 'Content-Security-Policy' ? [name, headers[index + 1] as string] : [],
  );
  response
    .writeHead(200, [
      ...kept,
      'Content-Security-Policy',
      docsPolicy,
      'Content-Type',
      type,
      'Cache-Control',
      'no-cache',
      'Content-Length',
      String(Buffer.byteLength(text)),
    ])
    .end(text);
}
