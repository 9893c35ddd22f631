import { createMetrics, type Metrics } from '@portico/service';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Upstream } from '../proxy/upstream.ts';
import { routeClasses, type RouteClass } from '../routing/routes.ts';

const limitReasons = ['limit', 'uncounted'] as const;
const requestLabels = ['service', 'class', 'method', 'status'] as const;
type RequestLabel = (typeof requestLabels)[number];

export interface GatewayMetrics {
  readonly metrics: Metrics;
  observe(service: string, routeClass: string, method: string, status: number, seconds: number): void;
  connected(service: string): void;
  limited(routeClass: RouteClass, reason: (typeof limitReasons)[number]): void;
  watch(upstreams: readonly Upstream[]): void;
}

/** The gateway's figures. Labels are names from fixed lists, so that no client can make series. */
export function createGatewayMetrics(): GatewayMetrics {
  const metrics = createMetrics('gateway');
  const registers = [metrics.registry];
  const tally = new Map<string, { labels: Record<RequestLabel, string | number>; count: number }>();
  new Counter({
    name: 'gateway_requests_total',
    help: 'Requests answered',
    labelNames: requestLabels,
    registers,
    // Counted in a map of our own and told when asked, which is cheaper than a lookup by labels per request.
    collect() {
      this.reset();
      for (const { labels, count } of tally.values()) this.inc(labels, count);
    },
  });
  const durations = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer',
    labelNames: ['service'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const connections = new Counter({
    name: 'gateway_upstream_connections_total',
    help: 'Connections opened to services',
    labelNames: ['service'] as const,
    registers,
  });
  const limited = new Counter({
    name: 'gateway_limited_total',
    help: 'Requests refused by a limit, or because it could not be counted',
    labelNames: ['class', 'reason'] as const,
    registers,
  });
  for (const reason of limitReasons)
    for (const routeClass of routeClasses) limited.inc({ class: routeClass, reason }, 0);
  return {
    metrics,
    observe(service, routeClass, method, status, seconds) {
      const key = `${service} ${routeClass} ${method} ${status}`;
      const entry = tally.get(key);
      if (entry) entry.count += 1;
      else tally.set(key, { labels: { service, class: routeClass, method, status }, count: 1 });
      durations.observe({ service }, seconds);
    },
    connected: (service) => connections.inc({ service }),
    limited: (routeClass, reason) => limited.inc({ class: routeClass, reason }),
    watch(upstreams) {
      new Gauge({
        name: 'gateway_upstream_in_flight',
        help: 'Requests under way at a service',
        labelNames: ['service'] as const,
        registers,
        collect() {
          for (const { service, inFlight } of upstreams) this.set({ service }, inFlight);
        },
      });
      new Gauge({
        name: 'gateway_upstream_in_flight_limit',
        help: 'Requests that may be under way at a service; beyond them the gateway answers 503',
        labelNames: ['service'] as const,
        registers,
        collect() {
          for (const { service, maxInFlight } of upstreams) this.set({ service }, maxInFlight);
        },
      });
      new Gauge({
        name: 'gateway_upstream_instances_open',
        help: 'Instances of a service that get no requests because they failed',
        labelNames: ['service'] as const,
        registers,
        collect() {
          for (const { service, instances } of upstreams)
            this.set({ service }, instances.filter(({ breaker }) => breaker.open).length);
        },
      });
    },
  };
}
