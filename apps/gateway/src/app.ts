import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { workspaceRoot, type Descriptor } from '@portico/descriptor';
import type { Dialect } from '@portico/envelope';
import type { Logger } from '@portico/service';
import express from 'express';
import type { Redis } from 'ioredis';
import type { Config } from './config.ts';
import { serveConsole } from './console/console.ts';
import { createOwnHeaders } from './edge/own-headers.ts';
import { createRenderer } from './errors.ts';
import { createLimiter } from './limits/limiter.ts';
import { receiveBody, type BodyLimits } from './middlewares/body.ts';
import { answerErrors, createRefuse } from './middlewares/errors.ts';
import { checkForm, dropHiddenRequests } from './middlewares/form-checks.ts';
import { limitInFlight } from './middlewares/in-flight.ts';
import { limitRequests } from './middlewares/limits.ts';
import { observeRequests } from './middlewares/observe.ts';
import { answerPreflights } from './middlewares/preflights.ts';
import { proxyToService } from './middlewares/proxy.ts';
import { identifyRequest } from './middlewares/request-id.ts';
import { findRoute } from './middlewares/routes.ts';
import { addOwnHeaders } from './middlewares/security-headers.ts';
import { checkSharedPath, chooseByBody } from './middlewares/shared-path.ts';
import type { AccessLog } from './observe/access-log.ts';
import type { GatewayMetrics } from './observe/metrics.ts';
import { Upstream } from './proxy/upstream.ts';
import { createPages, type Readiness } from './reference/pages.ts';
import { createRouteTable } from './routing/routes.ts';

export interface GatewayDeps {
  config: Config;
  /** What stands behind the gateway, and how each words its errors. */
  services: readonly Descriptor[];
  dialects: ReadonlyMap<string, Dialect>;
  logger: Logger;
  accessLog: AccessLog;
  metrics: GatewayMetrics;
  redis: Redis | undefined;
  readiness: Readiness;
}

export interface Gateway {
  readonly handler: RequestListener;
  close(): void;
}

/** Wires the gateway: the chain of middlewares that every request goes through, in order. */
export function buildGateway(deps: GatewayDeps): Gateway {
  const { config, services, logger, metrics } = deps;
  const table = createRouteTable(services);
  const upstreams = createUpstreams(config, metrics);
  const ownHeaders = createOwnHeaders(config.CORS_ORIGINS);
  const refuse = createRefuse(createRenderer(deps.dialects), logger);
  const limits = bodyLimitsOf(services, config.MAX_BODY_BYTES);

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(dropHiddenRequests);
  app.use(identifyRequest(config.TRUSTED_PROXIES));
  app.use(observeRequests(deps.accessLog, metrics));
  app.use(addOwnHeaders(ownHeaders));
  app.use(findRoute(table));
  app.use(checkForm);
  app.use(answerPreflights(config.CORS_ORIGINS));
  if (config.RATE_LIMITS === 'on') app.use(limitRequests(limiterOf(deps), metrics));
  app.use(checkSharedPath(table));
  app.use(
    createPages({
      services,
      table,
      urls: config.urls,
      readiness: deps.readiness,
      console: config.CONSOLE === 'on' ? consoleOf(deps) : undefined,
    }),
  );
  app.use(receiveBody({ limits, slowPerClient: config.MAX_SLOW_BODIES_PER_CLIENT, refuse }));
  app.use(chooseByBody(table));
  app.use(limitInFlight(upstreams, config.MAX_WAITING_PER_CLIENT));
  app.use(
    proxyToService(limits, {
      responseTimeoutMs: config.RESPONSE_TIMEOUT_MS,
      ownHeaderNames: ownHeaders.names,
      refuse,
    }),
  );
  app.use(answerErrors(refuse));
  return {
    handler: app,
    close: () => upstreams.forEach((upstream) => upstream.destroy()),
  };
}

function consoleOf({ config, services }: GatewayDeps) {
  return serveConsole({
    folder: config.CONSOLE_DIR ?? join(workspaceRoot, 'apps/console/dist/site'),
    environment: config.NODE_ENV,
    services: services.map(({ name }) => name),
    connectSources: config.CONSOLE_CONNECT_SRC,
  });
}

function limiterOf({ config, redis }: GatewayDeps) {
  const rates = {
    login: config.RATE_LIMIT_LOGIN,
    code: config.RATE_LIMIT_CODE,
    write: config.RATE_LIMIT_WRITE,
    read: config.RATE_LIMIT_READ,
  };
  return createLimiter(rates, redis, config.REDIS_PREFIX);
}

function createUpstreams(config: Config, metrics: GatewayMetrics): ReadonlyMap<string, Upstream> {
  const upstreams = [...config.urls].flatMap(([service, urls]) =>
    urls.length === 0
      ? []
      : new Upstream({
          service,
          urls,
          maxInFlight: config.MAX_IN_FLIGHT,
          maxWaiting: config.MAX_WAITING,
          maxConnections: config.MAX_CONNECTIONS,
          maxConnectionAgeMs: config.MAX_CONNECTION_AGE_MS,
          connectTimeoutMs: config.CONNECT_TIMEOUT_MS,
          failures: config.BREAKER_FAILURES,
          openMs: config.BREAKER_OPEN_MS,
          onConnect: (name) => metrics.connected(name),
        }),
  );
  metrics.watch(upstreams);
  return new Map(upstreams.map((upstream) => [upstream.service, upstream]));
}

/** A service may take more than others in places, as its descriptor says. */
function bodyLimitsOf(services: readonly Descriptor[], usual: number): BodyLimits {
  const exceptions = new Map(services.map(({ name, bodyLimits }) => [name, bodyLimits]));
  return {
    of(match) {
      const exception = match && exceptions.get(match.service)?.find(({ path }) => isBelow(match.path, path));
      return exception?.bytes ?? usual;
    },
  };
}

function isBelow(path: string, base: string): boolean {
  return path === base || path.startsWith(`${base}/`);
}
