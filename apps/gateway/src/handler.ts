import type { RequestListener } from 'node:http';
import { AppError } from '@portico/envelope';
import { describeTrace, requestIdOf, traceHeaders, type Logger } from '@portico/service';
import type { Config } from './config.ts';
import { clientOf, type ClientFacts } from './edge/client.ts';
import type { OwnHeaders } from './edge/own-headers.ts';
import { strict, type Limiter } from './limits/limiter.ts';
import type { AccessLog } from './observe/access-log.ts';
import type { GatewayMetrics } from './observe/metrics.ts';
import { methods, record, refuse, type Passage } from './passage.ts';
import { Exchange } from './proxy/exchange.ts';
import { requestHeaders } from './proxy/headers.ts';
import type { Upstream } from './proxy/upstream.ts';
import type { Pages } from './reference/pages.ts';
import { classOf, isRepeatable, isSharedPath, resolve, type Match } from './routing/routes.ts';
import { readSharedBody, serviceOfBody } from './routing/shared-path.ts';
import { parseTarget, type Target } from './routing/target.ts';
import type { ServiceName } from './services.ts';

export interface HandlerDeps {
  config: Config;
  logger: Logger;
  accessLog: AccessLog;
  metrics: GatewayMetrics;
  upstreams: Readonly<Record<ServiceName, Upstream | undefined>>;
  ownHeaders: OwnHeaders;
  /** Undefined where limits are off. */
  limiter: Limiter | undefined;
  pages: Pages;
}

/** A body on these has no meaning of its own, so one whose length shows only at its end is refused. */
const lengthRequired = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

const probes = new Set(['/healthz', '/readyz']);

/** The way of a request through the gateway: refused, answered here, or passed on to a service. */
export function createHandler(deps: HandlerDeps): RequestListener {
  const { config, logger, accessLog, metrics, ownHeaders } = deps;
  // What a client hid behind a request that ends its connection is not read as another request.
  const ended = new WeakSet<object>();

  return (request, response) => {
    const { headers, socket } = request;
    if (ended.has(socket)) return;
    const started = performance.now();
    const requestId = requestIdOf(headers['x-request-id']);
    const client = clientOf(request, config.TRUSTED_PROXIES);
    const passage: Passage = {
      request,
      response,
      requestId,
      ip: client.ip,
      headers: [...ownHeaders.of(headers.origin), 'X-Request-Id', requestId],
    };
    response.on('close', () => {
      passage.exchange?.clientGone();
      record(passage, started, accessLog, metrics);
    });

    const method = request.method ?? '';
    const target = parseTarget(request.url ?? '');
    passage.match = target && resolve(target.path);
    const refusal = refusalBefore(passage, method, target);
    if (refusal) {
      if (refusal.code === 'length_required') {
        ended.add(socket);
        passage.headers.push('Connection', 'close');
      }
      refuse(passage, refusal, logger);
    } else if (method === 'OPTIONS' || !target) {
      response.writeHead(204, [...ownHeaders.preflight(request), 'X-Request-Id', requestId]).end();
    } else {
      pass(deps, passage, method, target, client).catch((error: unknown) => {
        refuse(
          passage,
          error instanceof AppError ? error : new AppError('internal', { cause: error }),
          logger,
        );
      });
    }
  };
}

/** What is refused for its form, before anybody counts or routes it. */
function refusalBefore(
  { request }: Passage,
  method: string,
  target: Target | undefined,
): AppError | undefined {
  const { headers } = request;
  if (headers['transfer-encoding'] !== undefined && lengthRequired.has(method))
    return new AppError('length_required');
  if (!methods.has(method))
    return new AppError('method_not_allowed', { headers: { Allow: [...methods].join(', ') } });
  if (!target && !(method === 'OPTIONS' && request.url === '*')) return new AppError('bad_request');
  // An offer of HTTP/2 may be ignored (RFC 9110, section 7.8); every other protocol was meant.
  if (headers.upgrade !== undefined && headers.upgrade.toLowerCase() !== 'h2c')
    return new AppError('bad_request', { message: 'The protocol cannot be changed here.' });
  return undefined;
}

async function pass(
  deps: HandlerDeps,
  passage: Passage,
  method: string,
  target: Target,
  client: ClientFacts,
): Promise<void> {
  const { match } = passage;
  if (match) {
    passage.routeClass = classOf(match.row, method);
    if (deps.limiter) await charge(deps, deps.limiter, passage);
    forward(deps, passage, match, method, `${match.path}${target.query}`, client);
  } else if (isSharedPath(target.path)) {
    if (method !== 'POST') throw new AppError('method_not_allowed', { headers: { Allow: 'POST, OPTIONS' } });
    passage.routeClass = 'code';
    if (deps.limiter) await charge(deps, deps.limiter, passage);
    const body = await readSharedBody(passage.request);
    const found = resolve(`/${serviceOfBody(body)}${target.path}`) as Match;
    passage.match = found;
    forward(deps, passage, found, method, `${found.path}${target.query}`, client, body);
  } else {
    passage.routeClass = 'read';
    // Whoever asks whether the gateway lives must not be told by Redis.
    if (deps.limiter && !probes.has(target.path)) await charge(deps, deps.limiter, passage);
    await deps.pages.answer(passage, method, target);
  }
}

async function charge({ metrics }: HandlerDeps, limiter: Limiter, passage: Passage): Promise<void> {
  const { routeClass = 'read' } = passage;
  const charge = limiter.charge(routeClass, passage.ip);
  const verdict = charge instanceof Promise ? await charge : charge;
  if (!verdict) {
    if (!strict[routeClass]) return;
    metrics.limited(routeClass, 'uncounted');
    throw new AppError('unavailable', { retryAfter: 2 });
  }
  const { allowed, limit, remaining, reset } = verdict;
  passage.headers.push('RateLimit-Limit', String(limit), 'RateLimit-Remaining', String(remaining));
  passage.headers.push('RateLimit-Reset', String(reset));
  if (allowed) return;
  metrics.limited(routeClass, 'limit');
  throw new AppError('rate_limited', { retryAfter: reset });
}

function forward(
  deps: HandlerDeps,
  passage: Passage,
  match: Match,
  method: string,
  path: string,
  client: ClientFacts,
  body?: Buffer,
): void {
  const { config, ownHeaders, logger } = deps;
  const { request, response, requestId } = passage;
  const upstream = deps.upstreams[match.service];
  if (!upstream) throw new AppError('unavailable', { retryAfter: 10 });
  const length = body?.length ?? Number(request.headers['content-length'] ?? 0);
  const maxBodyBytes = maxBodyOf(config, match);
  if (length > maxBodyBytes) throw new AppError('payload_too_large');

  describeTrace(match.row.template, requestId);
  const { rawHeaders } = request;
  const headers = requestHeaders(rawHeaders, request.headers.connection, client, requestId, traceHeaders());
  if (length > 0) headers.push('Content-Length', String(length));
  passage.exchange = new Exchange({
    request,
    response,
    upstream,
    method,
    path,
    headers,
    body,
    hasBody: length > 0 || request.headers['transfer-encoding'] !== undefined,
    maxBodyBytes,
    repeatable: isRepeatable(match.row, method),
    responseTimeoutMs: config.RESPONSE_TIMEOUT_MS,
    ownHeaders: passage.headers,
    ownHeaderNames: ownHeaders.names,
    refuse: (error) => refuse(passage, error, logger),
  });
  passage.exchange.start();
}

/** customer-service takes files outside its API, by presigned links. */
function maxBodyOf(config: Config, { service, path }: Match): number {
  return service === 'customer-service' && !path.startsWith('/api/')
    ? config.MAX_FILE_BYTES
    : config.MAX_BODY_BYTES;
}
