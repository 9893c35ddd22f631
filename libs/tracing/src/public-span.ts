import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** Names a request as its log line does. */
export const requestIdAttribute = 'portico.request_id';

/**
 * All that a span may say. Instrumentations also note URLs, addresses and statements; documents 001 and 002 have secrets
 * in the query, paths hold phones and ids, and messages of errors hold values. What is not listed stays in the process,
 * also what a later version of an instrumentation thinks of.
 */
const publicAttributes: ReadonlySet<string> = new Set([
  requestIdAttribute,
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'network.protocol.version',
  'url.scheme',
  'error.type',
  'db.system',
  'db.system.name',
  'db.name',
  'db.namespace',
  'db.operation',
  'db.operation.name',
  'db.collection.name',
  'db.mongodb.collection',
]);

/** A span as a collector may have it. */
export function publicSpan(span: ReadableSpan): ReadableSpan {
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanContext && { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    status: { code: span.status.code },
    attributes: Object.fromEntries(
      Object.entries(span.attributes).filter(([name]) => publicAttributes.has(name)),
    ),
    links: span.links,
    events: [],
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

/** An exporter that is given public spans only. */
export function publicExporter(exporter: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => exporter.export(spans.map(publicSpan), done),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
