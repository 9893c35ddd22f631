import type { ErrorCode } from '@portico/envelope';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
}

/** A process's own registry with Node's default metrics. What an app adds is listed in docs/metrics.md. */
export function createMetrics(app: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  collectDefaultMetrics({ register: registry });
  return { registry };
}

export interface RequestMetrics {
  /** Records an answered request. `route` is the template, never the path: labels stay bounded. */
  observe(method: string, route: string, status: number, seconds: number): void;
  /** Counts an error by its name in the catalogue. Documents 001 and 004 answer many of them with status 200. */
  failed(error: ErrorCode): void;
}

/** The requests of a service. */
export function createRequestMetrics({ registry }: Metrics): RequestMetrics {
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const errors = new Counter({
    name: 'http_errors_total',
    help: 'Errors answered, by their name',
    labelNames: ['error'] as const,
    registers: [registry],
  });
  // There from the start: a first defect would otherwise be a series that begins at 1, which rises in no rule.
  errors.inc({ error: 'internal' }, 0);
  return {
    observe: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    failed: (error) => errors.inc({ error }),
  };
}

export interface SampledGauge {
  name: string;
  help: string;
  labels?: Record<string, string>;
  /** Asked at each scrape. */
  read: () => Promise<number> | number;
}

/** Scrapes give up after 10 s. */
const readMs = 2000;

/**
 * A gauge that asks a store how things are. While the store is away the last value stands: readiness says that it is
 * away, and a scrape must not wait for it.
 */
export function sampleGauge({ registry }: Metrics, { name, help, labels = {}, read }: SampledGauge): void {
  new Gauge({
    name,
    help,
    labelNames: Object.keys(labels),
    registers: [registry],
    async collect() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), readMs);
      });
      const value = await Promise.race([
        Promise.resolve()
          .then(read)
          .catch(() => undefined),
        late,
      ]);
      clearTimeout(timer);
      if (value !== undefined) this.set(labels, value);
    },
  });
}

/** Seconds since a moment; 0 where there is none. */
export function secondsSince(moment: Date | null | undefined): number {
  return moment ? Math.max(0, (Date.now() - moment.getTime()) / 1000) : 0;
}
