import { createLogger, failingChecks } from '@portico/service';
import { connectRedis } from '@portico/queue';
import { afterAll } from 'vitest';
import { buildGateway } from '../app.ts';
import { readConfig } from '../config.ts';
import { dialects, services as descriptors } from '../services.ts';
import { listenForClients } from '../listener.ts';
import type { AccessEntry } from '../observe/access-log.ts';
import { createGatewayMetrics } from '../observe/metrics.ts';
import type { StubService } from './stub-service.ts';

export interface TestGateway {
  readonly url: string;
  readonly port: number;
  readonly log: AccessEntry[];
  /** The value of the first series whose line begins so, or 0. */
  metric(beginning: string): Promise<number>;
}

const variables: Record<string, string> = {
  'account-pool': 'ACCOUNT_POOL_URL',
  'sms-phone': 'SMS_PHONE_URL',
  'customer-service': 'CUSTOMER_SERVICE_URL',
  'app-support': 'APP_SUPPORT_URL',
};

/** A gateway in this process before these services; it and they end with the file's tests. */
export async function startTestGateway(
  services: Partial<Record<string, StubService | StubService[]>>,
  environment: Record<string, string> = {},
): Promise<TestGateway> {
  const urls = Object.entries(services).map(([service, stubs]) => [
    variables[service] as string,
    [stubs ?? []]
      .flat()
      .map((stub) => stub.url)
      .join(','),
  ]);
  const config = readConfig({
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    RATE_LIMITS: 'off',
    // Nothing ends for being slow, unless that is what a test is about.
    RESPONSE_TIMEOUT_MS: '600000',
    MAX_CONNECTION_AGE_MS: '3600000',
    ...(Object.fromEntries(urls) as Record<string, string>),
    ...environment,
  });
  const metrics = createGatewayMetrics();
  const redis = config.REDIS_URL ? connectRedis({ url: config.REDIS_URL, name: 'test' }) : undefined;
  const log: AccessEntry[] = [];
  const gateway = buildGateway({
    config,
    services: descriptors,
    dialects,
    logger: createLogger('gateway', 'silent'),
    accessLog: (entry) => log.push(entry),
    metrics,
    redis,
    readiness: (excluded) => failingChecks({}, excluded),
  });
  const listener = await listenForClients(gateway.handler, config);
  afterAll(async () => {
    listener.server.closeAllConnections();
    await listener.close(0);
    gateway.close();
    redis?.disconnect();
    await Promise.all(
      Object.values(services).flatMap((stubs) => [stubs ?? []].flat().map((stub) => stub.stop())),
    );
  });
  return {
    url: listener.url,
    port: Number(new URL(listener.url).port),
    log,
    async metric(beginning) {
      const lines = (await metrics.metrics.registry.metrics()).split('\n');
      return Number(
        lines
          .find((line) => line.startsWith(beginning))
          ?.split(' ')
          .at(-1) ?? 0,
      );
    },
  };
}
