import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/** What browsers let a page of another origin read. */
const exposed = [
  'X-Request-Id',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'Content-Disposition',
  'Location',
].join(', ');

/** The headers that the gateway adds to every answer, in one place: security, and who may read it from a page. */
export interface OwnHeaders {
  /** Of every answer to this origin, as name, value, name, value. */
  of(origin: string | undefined): readonly string[];
  /** The names of all of them, in lower case. */
  readonly names: ReadonlySet<string>;
}

/** helmet's values for an API, computed once instead of per request. */
function securityHeaders(): string[] {
  const headers: string[] = [];
  const collector = {
    setHeader: (name: string, value: string) => headers.push(name, value),
    removeHeader: () => undefined,
  };
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    // Pages of other origins may call, so they may read.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    // Of documents, scripts and plug-ins only, and answers of an API are none.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })({} as IncomingMessage, collector as unknown as ServerResponse, () => undefined);
  return headers;
}

export function createOwnHeaders(origins: readonly string[]): OwnHeaders {
  const security = securityHeaders();
  const expose = ['Access-Control-Expose-Headers', exposed];
  const anyOrigin = [...security, 'Access-Control-Allow-Origin', '*', ...expose];
  const noOrigin = [...security, 'Vary', 'Origin'];
  const byOrigin = new Map(
    origins.map((origin) => [origin, [...noOrigin, 'Access-Control-Allow-Origin', origin, ...expose]]),
  );
  const of = origins.includes('*')
    ? () => anyOrigin
    : (origin: string | undefined) => byOrigin.get(origin ?? '') ?? noOrigin;
  return {
    of,
    // `Vary` is added to, not replaced.
    names: new Set(security.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())),
  };
}
