import type { IncomingMessage } from 'node:http';
import { AppError, type Dialect, type RenderedError } from '@portico/envelope';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { Logger } from 'pino';
import { createContext, type RequestContext } from './context.ts';
import { checkEncoding, verifyUtf8 } from './encoding.ts';
import { toAppError, type ErrorTranslator } from './errors.ts';
import { createFailureLog } from './failure-log.ts';
import { createRequestMetrics, type Metrics, type RequestMetrics } from './metrics.ts';
import { openApiOf, type OpenApiInfo } from './openapi.ts';
import { alreadySent, type Route } from './route.ts';
import { describeTrace } from './tracing.ts';
import { assertNoZero, assertShallow, validate } from './validation.ts';

export interface AppOptions {
  dialect: Dialect;
  routes: readonly Route[];
  logger: Logger;
  metrics: Metrics;
  info: OpenApiInfo;
  /** Turn errors of the stores into named ones; the first that knows an error wins. */
  translators?: readonly ErrorTranslator[];
  /** Check every success against its route's `output`; for tests. */
  checkOutput?: boolean;
}

const defaultBodyLimit = 100 * 1024;

/** What travels with a request from one middleware to the next. */
interface Locals {
  context: RequestContext;
  route?: Route;
  caller?: unknown;
  /** The handler was called: something may have been changed. */
  begun?: boolean;
}
const localsOf = (response: Response) => response.locals as Locals;

/**
 * Builds the HTTP application of a service from its routes: request ids, logs, metrics, access, validation,
 * the dialect's envelopes and the OpenAPI document at `/openapi.json`.
 */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  // A conditional header must not turn the answer of a GET that handed something out into 304.
  Object.defineProperty(app.request, 'fresh', { get: () => false });
  const requestMetrics = createRequestMetrics(options.metrics);
  app.use(observe(options, requestMetrics));
  const refuse = refuser(options, requestMetrics);
  app.use(checkEncoding);

  const document = openApiOf(options.info, options.routes);
  app.get('/openapi.json', (_request, response) => void response.json(document));
  for (const route of options.routes) mount(app, route, options);

  app.use((request) => {
    throw new AppError('route_not_found', { field: request.path });
  });
  app.use(answerError(options, refuse));
  return app;
}

function observe({ logger }: AppOptions, metrics: RequestMetrics): RequestHandler {
  // The line of a request holds only what is listed below: nothing to cut out, which costs more than the line.
  const requests = logger.child({}, { redact: [] });
  return (request, response, next) => {
    const started = performance.now();
    const context = createContext(request, response, logger);
    localsOf(response).context = context;
    response.setHeader('X-Request-Id', context.requestId);
    // Nothing a service says may be cached by anybody, least of all the documents' state-changing GETs.
    response.setHeader('Cache-Control', 'no-store');
    response.once('close', () => {
      const milliseconds = performance.now() - started;
      const route = localsOf(response).route?.path ?? 'none';
      const status = response.writableFinished ? response.statusCode : 499;
      metrics.observe(request.method, route, status, milliseconds / 1000);
      // The template, never the URL: query strings of documents 001 and 002 hold secrets.
      requests.info(
        {
          requestId: context.requestId,
          method: request.method,
          route,
          status,
          ms: Math.round(milliseconds * 10) / 10,
        },
        'request',
      );
    });
    next();
  };
}

function mount(app: Express, route: Route, options: AppOptions): void {
  const remember: RequestHandler = (_request, response, next) => {
    localsOf(response).route = route;
    describeTrace(route.path, localsOf(response).context.requestId);
    next();
  };
  const authorize: RequestHandler = async (request, response, next) => {
    localsOf(response).caller = await route.access.authorize(request, localsOf(response).context);
    next();
  };
  const answer = handler(route, options);

  if (route.method === 'GET' && route.unsafeGet) {
    app.head(route.path, remember, () => {
      throw new AppError('method_not_allowed', { headers: { Allow: 'GET, POST' } });
    });
    app.get(route.path, remember, refusePrefetch, authorize, answer);
    app.post(route.path, remember, authorizeTwin(route, authorize), bodyParser(route), answer);
    return;
  }
  const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
  app[method](route.path, remember, authorize, bodyParser(route), answer);
}

/** Bytes read of a body before it is known whose it is. */
const credentialsLimit = 16 * 1024;

/**
 * Checks access by headers and query before the body is read. Where the credentials may be a member of the body, as
 * they may be of the query (document 002), a body within strict limits is read for them.
 */
function authorizeTwin({ access }: Route, authorize: RequestHandler): RequestHandler {
  if (!access.readsBody) return authorize;
  const parse = express.json({ limit: credentialsLimit, type: () => true });
  return async (request, response, next) => {
    const isAuthorized = await Promise.resolve(authorize(request, response, () => undefined)).then(
      () => true,
      (error: unknown) => {
        if (error instanceof AppError && error.code === 'unauthenticated') return false;
        throw error;
      },
    );
    if (isAuthorized) return next();
    await new Promise<void>((resolve, reject) =>
      parse(request, response, (error?: Error) => (error ? reject(error) : resolve())),
    );
    await authorize(request, response, next);
  };
}

/** A browser that guesses where its user goes next must not lease an account (contract: rules, 2). */
const refusePrefetch: RequestHandler = (request, _response, next) => {
  const purpose = String(request.headers['sec-purpose'] ?? request.headers['purpose'] ?? '');
  if (purpose.includes('prefetch')) {
    throw new AppError('permission_denied', { status: 403, message: 'Not executed as a prefetch.' });
  }
  next();
};

function bodyParser(route: Route): RequestHandler {
  const limit = route.bodyLimit ?? defaultBodyLimit;
  const verify = (request: IncomingMessage, _response: unknown, body: Buffer, charset: string) =>
    verifyUtf8(request, body, charset);
  if (route.bodyType === 'stream') return (_request, _response, next) => next();
  if (route.bodyType === 'raw') return express.raw({ limit, type: () => true });
  if (route.bodyType === 'form') return express.urlencoded({ limit, extended: false, verify });
  // All clients of the documents say JSON; one that forgets to say so is understood as well.
  return express.json({
    limit,
    verify,
    type: (request) => !/^multipart\//i.test(request.headers['content-type'] ?? ''),
  });
}

function handler(route: Route, { dialect, checkOutput }: AppOptions): RequestHandler {
  return async (request, response) => {
    const { context } = localsOf(response);
    const sent: unknown = request.body;
    if (route.bodyType !== 'raw') assertShallow(sent);
    const twin = route.unsafeGet && request.method === 'POST' ? asMembers(sent) : undefined;
    const query = { ...request.query, ...twin };
    assertNoZero(request.params);
    assertNoZero(query);
    const input = {
      params: route.params ? validate(route.params, request.params, dialect.locale) : {},
      query: route.query ? validate(route.query, query, dialect.locale) : {},
      body: route.body ? validate(route.body, sent, dialect.locale) : undefined,
      caller: localsOf(response).caller,
      context,
    };
    localsOf(response).begun = true;
    const result = await route.handle(input);
    if (result === alreadySent || response.headersSent) return;
    const status = route.status ?? 200;
    if (status === 204) {
      response.status(204).end();
      return;
    }
    const body = dialect.success(result, route.path);
    if (checkOutput) route.output.parse(JSON.parse(JSON.stringify(body)));
    response.status(status).json(body);
  };
}

function asMembers(body: unknown): object {
  if (body === undefined) return {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new AppError('invalid_params', { message: 'body: must be a JSON object' });
  }
  return body;
}

type Refuse = (error: AppError, request: Request, response: Response) => void;

function answerError({ logger, translators = [] }: AppOptions, refuse: Refuse): ErrorRequestHandler {
  const logFailure = createFailureLog(logger);
  return (thrown: unknown, request: Request, response: Response, _next) => {
    const { context, route, begun } = localsOf(response);
    const named = toAppError(thrown, translators);
    const error = begun && named !== thrown && route ? withOutcome(named, route) : named;
    logFailure({ error, thrown, requestId: context.requestId, route: route?.path });
    refuse(error, request, response);
  };
}

/** What a store that did not answer has done of a change is unknown. */
function withOutcome(error: AppError, { method, unsafeGet }: Route): AppError {
  if (error.code !== 'unavailable' || (method === 'GET' && !unsafeGet)) return error;
  return new AppError('outcome_unknown', { retryAfter: error.retryAfter, cause: error });
}

function refuser({ dialect }: AppOptions, metrics: RequestMetrics): Refuse {
  return (error, request, response) => {
    // It was refused before, while it waited.
    if (response.writableEnded) return;
    metrics.failed(error.code);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const rendered = dialect.failure(error, localsOf(response).route?.path ?? request.path);
    sendError(response, error, rendered);
  };
}

function sendError(response: Response, error: AppError, rendered: RenderedError): void {
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  if (error.retryAfter !== undefined) response.setHeader('Retry-After', String(Math.ceil(error.retryAfter)));
  response.status(rendered.status).json(rendered.body);
}
