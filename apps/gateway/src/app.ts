import type { RequestListener } from 'node:http';
import type { Logger } from '@portico/service';
import type { Redis } from 'ioredis';
import type { Config } from './config.ts';
import { createOwnHeaders } from './edge/own-headers.ts';
import { createHandler } from './handler.ts';
import { createLimiter } from './limits/limiter.ts';
import type { AccessLog } from './observe/access-log.ts';
import type { GatewayMetrics } from './observe/metrics.ts';
import { createUpstream, type Upstream } from './proxy/upstream.ts';
import { createPages, type Readiness } from './reference/pages.ts';
import { serviceNames, type ServiceName } from './services.ts';

export interface GatewayDeps {
  config: Config;
  logger: Logger;
  accessLog: AccessLog;
  metrics: GatewayMetrics;
  redis: Redis | undefined;
  readiness: Readiness;
}

export interface Gateway {
  readonly handler: RequestListener;
  close(): Promise<void>;
}

/** Wires the gateway. */
export function buildGateway(deps: GatewayDeps): Gateway {
  const { config, logger, accessLog, metrics, redis, readiness } = deps;
  const upstreams = upstreamsOf(config, metrics);
  const configured = Object.values(upstreams).filter((upstream) => upstream !== undefined);
  metrics.watch(configured);
  const limiter =
    config.RATE_LIMITS === 'on'
      ? createLimiter(
          {
            login: config.RATE_LIMIT_LOGIN,
            code: config.RATE_LIMIT_CODE,
            write: config.RATE_LIMIT_WRITE,
            read: config.RATE_LIMIT_READ,
          },
          redis,
          config.REDIS_PREFIX,
        )
      : undefined;
  return {
    handler: createHandler({
      config,
      logger,
      accessLog,
      metrics,
      upstreams,
      limiter,
      ownHeaders: createOwnHeaders(config.CORS_ORIGINS),
      pages: createPages({ urls: urlsOf(config), readiness }),
    }),
    close: async () => {
      await Promise.all(configured.map((upstream) => upstream.close()));
    },
  };
}

function urlsOf(config: Config): Record<ServiceName, readonly string[]> {
  return {
    'account-pool': config.ACCOUNT_POOL_URL,
    'sms-phone': config.SMS_PHONE_URL,
    'customer-service': config.CUSTOMER_SERVICE_URL,
    'app-support': config.APP_SUPPORT_URL,
  };
}

function upstreamsOf(config: Config, metrics: GatewayMetrics): Record<ServiceName, Upstream | undefined> {
  const urls = urlsOf(config);
  const upstreamOf = (service: ServiceName) =>
    createUpstream({
      service,
      urls: urls[service],
      maxInFlight: config.MAX_IN_FLIGHT,
      maxConnections: config.MAX_CONNECTIONS,
      connectTimeoutMs: config.CONNECT_TIMEOUT_MS,
      failures: config.BREAKER_FAILURES,
      openMs: config.BREAKER_OPEN_MS,
      onConnect: (name) => metrics.connected(name),
    });
  return Object.fromEntries(
    serviceNames.map((service) => [service, urls[service].length > 0 ? upstreamOf(service) : undefined]),
  ) as Record<ServiceName, Upstream | undefined>;
}
