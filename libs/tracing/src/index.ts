import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { getRPCMetadata, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { MongoDBInstrumentation } from '@opentelemetry/instrumentation-mongodb';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { patchLoaded } from './patch-loaded.ts';
import { publicExporter, requestIdAttribute } from './public-span.ts';

export interface TracingOptions {
  app: string;
  /** The collector: `http://host:4318`. */
  endpoint: string;
  /** Share of the traces that are kept, from 0 to 1. */
  share: number;
  /** Clients are at its door, who must not decide what is kept. */
  isEdge: boolean;
}

export interface Tracing {
  /** Says what the request is: the route's template, and its id. */
  describe(route: string, requestId: string): void;
  /** Headers, name after value, that carry the trace on to a service. */
  headers(): string[];
  /** Sends what is left. */
  close(): Promise<void>;
}

/** A process that ends does not wait longer for its collector. */
const farewellMs = 2000;
const exportMs = 5000;

/** Ports for operations: asked all the time, and nobody's trace. */
const probes = ['/healthz', '/readyz', '/metrics'];

/** Starts to trace requests and what they ask of MongoDB and Redis. Once in a process, before it connects to anything. */
export function openTracing({ app, endpoint, share, isEdge }: TracingOptions): Tracing {
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: exportMs });
  const ratio = new TraceIdRatioBasedSampler(share);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': app, 'service.namespace': 'portico' }),
    sampler: new ParentBasedSampler({
      root: ratio,
      ...(isEdge && { remoteParentSampled: ratio, remoteParentNotSampled: ratio }),
    }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: publicExporter(exporter), scheduledDelayMillis: 1000 }),
    ],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  registerInstrumentations({
    tracerProvider: provider,
    instrumentations: [
      new HttpInstrumentation({
        ignoreIncomingRequestHook: ({ url = '' }) => probes.includes(url.split('?', 1)[0] ?? ''),
        disableOutgoingRequestInstrumentation: true,
      }),
      new MongoDBInstrumentation({ requireParentSpan: true, dbStatementSerializer: () => '' }),
      new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: () => '' }),
    ],
  });
  patchLoaded();
  return {
    describe(route, requestId) {
      // The instrumentation names the span by it when the answer is complete.
      const request = getRPCMetadata(context.active());
      if (request) request.route = route;
      trace.getActiveSpan()?.setAttribute(requestIdAttribute, requestId);
    },
    headers() {
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      return Object.entries(carrier).flat();
    },
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, farewellMs);
      });
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}
