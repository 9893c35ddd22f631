import type { IncomingHttpHeaders } from 'undici/types/header.js';
import type { ClientFacts } from '../edge/client.ts';

/** Concern one connection only and end here (RFC 9110, section 7.6.1). */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
];

/**
 * What a client may not say of itself: addresses, identities, and instructions that a service might take for the
 * gateway's. A name that ends with `*` stands for all that begin so.
 */
const identityLike = [
  'forwarded',
  'x-forwarded',
  'x-forwarded-*',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'x-remote-*',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'remote-user',
  'x-user',
  'x-user-*',
  'x-userid',
  'x-username',
  'x-operator*',
  'x-owner*',
  'x-role*',
  'x-admin*',
  'x-auth-user*',
  'x-authenticated-*',
  'x-consumer-*',
  'x-internal-*',
  'x-portico-*',
  'x-original-*',
  'x-rewrite-*',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
];

/** Set by the gateway itself, or answered by it. */
const ownRequestHeaders = ['host', 'expect', 'x-request-id', 'content-length'];

const dropped = new Set([
  ...hopByHop,
  ...ownRequestHeaders,
  ...identityLike.filter((name) => !name.endsWith('*')),
]);
const droppedBeginnings = identityLike.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));

function isDropped(lowerName: string): boolean {
  return dropped.has(lowerName) || droppedBeginnings.some((beginning) => lowerName.startsWith(beginning));
}

/** Verdicts by the name as it was written: clients write few names, and the same ones again and again. */
const verdicts = new Map<string, boolean>();
const verdictsKept = 1000;

function isDroppedName(name: string): boolean {
  let verdict = verdicts.get(name);
  if (verdict === undefined) {
    // One reading for `_` and `-`: some servers take the one for the other.
    verdict = isDropped(name.toLowerCase().replaceAll('_', '-'));
    if (verdicts.size < verdictsKept) verdicts.set(name, verdict);
  }
  return verdict;
}

/** The names in a `Connection` header beyond the usual two words; undefined where there are none. */
export function namedInConnection(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  const names = new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  names.delete('keep-alive');
  names.delete('close');
  names.delete('');
  return names.size > 0 ? names : undefined;
}

/** Where the gateway traces, it is its own part of the trace that a service carries on. */
const traceNames: ReadonlySet<string> = new Set(['traceparent', 'tracestate']);

/**
 * The headers a service gets: the client's without those it may not send, and the gateway's own.
 *
 * @param trace what carries a trace on, instead of what the client said of it
 */
export function requestHeaders(
  rawHeaders: readonly string[],
  connection: string | undefined,
  client: ClientFacts,
  requestId: string,
  trace?: readonly string[],
): string[] {
  const named = namedInConnection(connection);
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (isDroppedName(name) || named?.has(name.toLowerCase())) continue;
    if (trace && traceNames.has(name.toLowerCase())) continue;
    headers.push(name, rawHeaders[index + 1] as string);
  }
  if (trace) headers.push(...trace);
  headers.push('X-Request-Id', requestId, 'X-Forwarded-For', client.ip, 'X-Forwarded-Proto', client.proto);
  if (client.host !== '') headers.push('X-Forwarded-Host', client.host);
  return headers;
}

/** Of a service's answer the gateway speaks for itself of these. */
const droppedResponse = new Set([
  ...hopByHop,
  'server',
  'x-powered-by',
  'x-request-id',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-expose-headers',
  'access-control-max-age',
]);

/**
 * Adds a service's headers to those of the answer. A header of the gateway that the service sets too is the service's.
 *
 * @param own names of the gateway's headers that give way
 */
export function addResponseHeaders(
  answer: string[],
  own: ReadonlySet<string>,
  headers: IncomingHttpHeaders,
): string[] {
  const named = namedInConnection(single(headers['connection']));
  let result = answer;
  for (const name in headers) {
    if (droppedResponse.has(name) || named?.has(name)) continue;
    if (own.has(name)) result = without(result, name);
    const value = headers[name];
    if (typeof value === 'string') result.push(name, value);
    else for (const one of value ?? []) result.push(name, one);
  }
  return result;
}

function without(headers: readonly string[], lowerName: string): string[] {
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (name.toLowerCase() !== lowerName) kept.push(name, headers[index + 1] as string);
  }
  return kept;
}

/** A header that should come once. */
export function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
