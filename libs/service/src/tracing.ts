import type { Tracing } from '@portico/tracing';

/** One in a process, as what it patches is: Node's server and the drivers. */
let tracing: Tracing | undefined;

export interface TracingConfig {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_TRACES_SAMPLER_ARG: number;
}

/**
 * Starts to send traces to the collector that is configured. Where none is, nothing of OpenTelemetry is even loaded.
 * Called before anything connects.
 */
export async function startTracing(
  app: string,
  config: TracingConfig,
  { isEdge = false } = {},
): Promise<void> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return;
  const { openTracing } = await import('@portico/tracing');
  tracing = openTracing({ app, endpoint, share: config.OTEL_TRACES_SAMPLER_ARG, isEdge });
}

/** Says which route the request under way has. */
export function describeTrace(route: string, requestId: string): void {
  tracing?.describe(route, requestId);
}

/** The headers that carry the trace of the request under way on; undefined where nothing is traced. */
export function traceHeaders(): string[] | undefined {
  return tracing?.headers();
}

/** Sends what is left, for a process that ends. */
export async function stopTracing(): Promise<void> {
  await tracing?.close();
  tracing = undefined;
}
