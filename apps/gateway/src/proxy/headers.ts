import type { IncomingHttpHeaders } from 'node:http';
import type { ClientFacts } from '../edge/client.ts';

/** Concern one connection only and end here (RFC 9110, section 7.6.1). */
const hopByHop = (
  'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade ' +
  'http2-settings'
).split(' ');

/**
 * What a client may not say of itself: addresses, identities, and instructions that a service might take for the
 * gateway's. A name that ends with `*` stands for all that begin so.
 */
const identityLike = (
  'forwarded x-forwarded x-forwarded-* x-real-ip x-client-ip x-cluster-client-ip x-originating-ip ' +
  'x-remote-* true-client-ip cf-connecting-ip fastly-client-ip remote-user x-user x-user-* x-userid ' +
  'x-username x-operator* x-owner* x-role* x-admin* x-auth-user* x-authenticated-* x-consumer-* ' +
  'x-internal-* x-portico-* x-original-* x-rewrite-* x-http-method x-http-method-override ' +
  'x-method-override'
).split(' ');

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

/** Verdicts by name: clients write few names, and the same ones again and again. */
const verdicts = new Map<string, boolean>();
const verdictsKept = 1000;

function isDroppedName(name: string): boolean {
  let verdict = verdicts.get(name);
  if (verdict === undefined) {
    // One reading for `_` and `-`: some servers take the one for the other.
    verdict = isDropped(name.replaceAll('_', '-'));
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

/** With them an answer that hands something out could become 304, and what it handed out be lost. */
const conditional = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'];

export interface RequestHeaderOptions {
  client: ClientFacts;
  requestId: string;
  /** Bytes of the body, where they are known. */
  length: number;
  /** Whether the answer depends on nothing that the client has already. */
  unconditional: boolean;
  /** What carries a trace on, instead of what the client said of it: name, value, name, value. */
  trace?: readonly string[] | undefined;
}

/** The headers a service gets: the client's without those it may not send, and the gateway's own, in lower case. */
export function requestHeaders(
  sent: IncomingHttpHeaders,
  { client, requestId, length, unconditional, trace }: RequestHeaderOptions,
): IncomingHttpHeaders {
  const named = namedInConnection(sent.connection);
  const headers: IncomingHttpHeaders = {};
  for (const name in sent) if (!isDroppedName(name) && !named?.has(name)) headers[name] = sent[name];
  if (unconditional) for (const name of conditional) if (name in headers) delete headers[name];
  if (trace) {
    delete headers['traceparent'];
    delete headers['tracestate'];
    for (let index = 0; index < trace.length; index += 2) headers[trace[index] as string] = trace[index + 1];
  }
  if (length > 0) headers['content-length'] = String(length);
  headers['x-request-id'] = requestId;
  headers['x-forwarded-for'] = client.ip;
  headers['x-forwarded-proto'] = client.proto;
  if (client.host !== '') headers['x-forwarded-host'] = client.host;
  return headers;
}

/** Of a service's answer the gateway speaks for itself of these. */
const droppedResponse = new Set([...hopByHop, 'server', 'x-powered-by', 'x-request-id']);
const droppedResponseBeginning = 'access-control-';

/** What the gateway reads of a service's answer; empty or NaN where it was not said. */
export interface AnswerFacts {
  connection: string;
  type: string;
  length: number;
  encoding: string;
}

/** Names of answers in lower case, by the name as it was written: services write few. */
const lowerNames = new Map<string, string>();

function lowerOf(name: string): string {
  let lower = lowerNames.get(name);
  if (lower === undefined) {
    lower = name.toLowerCase();
    if (lowerNames.size < verdictsKept) lowerNames.set(name, lower);
  }
  return lower;
}

/**
 * The headers of the answer: the gateway's, and those of the service. A header of the gateway that the service sets too
 * is the service's.
 *
 * @param own the gateway's, as name, value, name, value; `ownNames` are those that give way
 */
export function answerHeaders(
  own: readonly string[],
  ownNames: ReadonlySet<string>,
  rawHeaders: readonly string[],
): { headers: string[]; facts: AnswerFacts } {
  const facts: AnswerFacts = { connection: '', type: '', length: Number.NaN, encoding: '' };
  let headers = [...own];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    const value = rawHeaders[index + 1] as string;
    const lower = lowerOf(name);
    if (lower === 'connection') facts.connection = value.toLowerCase();
    if (droppedResponse.has(lower) || lower.startsWith(droppedResponseBeginning)) continue;
    if (lower === 'content-type') facts.type = value;
    else if (lower === 'content-length') facts.length = Number(value);
    else if (lower === 'content-encoding') facts.encoding = value;
    else if (ownNames.has(lower)) headers = without(headers, (one) => one === lower);
    headers.push(name, value);
  }
  const named = namedInConnection(facts.connection);
  if (named) headers = without(headers, (one) => named.has(one));
  return { headers, facts };
}

function without(headers: readonly string[], isOut: (lowerName: string) => boolean): string[] {
  return headers.filter((_, index) => !isOut(lowerOf(headers[index - (index % 2)] as string)));
}
