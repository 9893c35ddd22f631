import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppError } from '@portico/envelope';
import type { Logger } from '@portico/service';
import { refusalOf } from './errors.ts';
import type { AccessLog } from './observe/access-log.ts';
import type { GatewayMetrics } from './observe/metrics.ts';
import type { Exchange } from './proxy/exchange.ts';
import type { Match, RouteClass } from './routing/routes.ts';

/** What is known of a request as it goes through the gateway. */
export interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly ip: string;
  /** The gateway's own headers of the answer, as name, value, name, value. */
  readonly headers: string[];
  match?: Match | undefined;
  routeClass?: RouteClass;
  /** Its exchange with a service, once there is one. */
  exchange?: Exchange;
}

export const methods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);

/** How long an unread body may go on arriving after a refusal, so that its sender reads the answer. */
const lingerMs = 2000;

/** Answers in the gateway's own words, in the dialect of the service that was addressed. */
export function refuse(passage: Passage, error: AppError, logger: Logger): void {
  const { request, response, match, requestId } = passage;
  if (response.headersSent || response.destroyed) return;
  if (error.code === 'internal') logger.error({ err: error.cause, requestId }, 'request failed');
  if (error.code === 'bad_gateway')
    logger.warn({ err: error.cause, requestId, service: match?.service }, 'no usable answer');
  const { status, body, headers: more } = refusalOf(error, match);
  answerJson(passage, status, body, more);
  if (request.complete) return;
  request.unpipe();
  request.resume();
  const cut = setTimeout(() => {
    if (!request.complete) request.socket?.destroy();
  }, lingerMs);
  request.once('close', () => clearTimeout(cut));
}

/** Answers with a JSON body of the gateway's own. */
export function answerJson(
  { response, headers }: Passage,
  status: number,
  body: object,
  more: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  const answer = [...headers, 'Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store'];
  for (const [name, value] of Object.entries(more)) answer.push(name, value);
  answer.push('Content-Length', String(Buffer.byteLength(text)));
  response.writeHead(status, answer).end(text);
}

/** One log line and one count per request: names from fixed lists, never the path or the query. */
export function record(passage: Passage, started: number, log: AccessLog, metrics: GatewayMetrics): void {
  const { request, response, match, routeClass, requestId, ip } = passage;
  const milliseconds = performance.now() - started;
  // What nginx calls 499: the client left before the answer.
  const status = response.writableFinished ? response.statusCode : 499;
  const method = methods.has(request.method ?? '') ? (request.method as string) : 'other';
  const service = match?.service ?? 'gateway';
  metrics.observe(service, routeClass ?? 'none', method, status, milliseconds / 1000);
  const ms = Math.round(milliseconds * 10) / 10;
  log({ requestId, ip, method, service, route: match?.row.template ?? 'none', status, ms });
}
