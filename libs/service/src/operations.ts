import express, { type Express } from 'express';
import { Gauge } from 'prom-client';
import type { Metrics } from './metrics.ts';

/** Answers a reason for not being ready, or undefined. Must answer within a second or so by itself. */
export type ReadinessCheck = () => Promise<string | undefined> | string | undefined;

/**
 * The internal port: `/healthz` touches nothing, `/readyz` knows the stores and draining, `/metrics` is
 * Prometheus's text (ARCHITECTURE.md, Operations).
 */
export function createOperationsApp(metrics: Metrics, checks: Record<string, ReadinessCheck>): Express {
  observeReadiness(metrics, checks);
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (request, response) => {
    const problems = await failingChecks(checks, excludedChecks(request.url));
    const ready = Object.keys(problems).length === 0;
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'unavailable', problems });
  });
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return app;
}

/** The checks as metrics, so that an alert can say which one fails and on which instance. */
function observeReadiness({ registry }: Metrics, checks: Record<string, ReadinessCheck>): void {
  new Gauge({
    name: 'readiness_check_ok',
    help: 'Whether a readiness check holds: 1 or 0',
    labelNames: ['check'] as const,
    registers: [registry],
    async collect() {
      const failing = await failingChecks(checks);
      for (const check of Object.keys(checks)) this.set({ check }, check in failing ? 0 : 1);
    },
  });
}

/**
 * The checks that `/readyz?exclude=redis` leaves out, as in Kubernetes' own servers: for a probe that must not take
 * away a process that still does part of its work.
 */
export function excludedChecks(url: string): string[] {
  const query = url.indexOf('?');
  return query < 0 ? [] : new URLSearchParams(url.slice(query)).getAll('exclude');
}

/** The checks that fail now, with their reasons. */
export async function failingChecks(
  checks: Record<string, ReadinessCheck>,
  excluded: readonly string[] = [],
): Promise<Record<string, string>> {
  const wanted = Object.entries(checks).filter(([name]) => !excluded.includes(name));
  const results = await Promise.all(
    wanted.map(async ([name, check]) => {
      try {
        return [name, await check()] as const;
      } catch (error) {
        return [name, error instanceof Error ? error.message : String(error)] as const;
      }
    }),
  );
  return Object.fromEntries(results.filter((result): result is [string, string] => result[1] !== undefined));
}
