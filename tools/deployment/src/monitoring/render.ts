import { format, resolveConfig } from 'prettier';
import { alertsOf, type Monitoring } from './files.ts';
import { samplesOf, type PlatformMetric } from './metrics.ts';
import { readQuery } from './promql.ts';

const introduction = `# Metrics and traces

Generated from \`tools/deployment/src/monitoring/metrics.ts\` by \`npm run render\`; tests compare that table with what the
processes serve, and the rules and the dashboard in \`k8s/components/monitoring\` with it.

Every process serves its metrics at \`/metrics\` on its operations port. All of them have the label \`app\`. Node's own
metrics (\`process_…\`, \`nodejs_…\`) are served by all; only those that are used are listed. What an alert means stands in
[operations.md](operations.md) under its name. Labels are names from fixed lists and templates of routes, never paths,
ids or what a client said: no traffic makes more series than the routes have outcomes.
`;

const traces = `
## Traces

\`OTEL_EXPORTER_OTLP_ENDPOINT\` names a collector that takes OTLP in JSON over HTTP (\`http://collector:4318\`). Gateway and
services then send it a span for each request and for each command to MongoDB and Redis that a request causes, in one
trace from the client's \`traceparent\` on. The gateway decides what is kept (\`OTEL_TRACES_SAMPLER_ARG\`), not the client.
Without a collector nothing of this is loaded, and the gateway passes a client's \`traceparent\` on as it is.

A span says the method, the route's template, the status, the request id (\`portico.request_id\`, the same as in the log),
and the command and collection of a store. It has no path, query, address, statement or message of an error. A notification
is not part of the trace of the request that caused it: the request id leads from the log of the service to the delivery.
In Kubernetes \`k8s/components/tracing\`, added to an overlay, tells them of the collector and lets them reach it.
`;

/** The page `docs/metrics.md`. */
export async function asPage(
  metrics: readonly PlatformMetric[],
  monitoring: Monitoring,
  file: string,
): Promise<string> {
  const headings = ['metric', 'type', 'labels', 'served by', 'meaning', 'alerts'];
  const alerts = alertsByMetric(monitoring);
  const rows = metrics.map((row) => [
    `\`${row.name}\``,
    row.type,
    Object.entries(row.labels)
      .map(([label, values]) => `\`${label}\`: ${typeof values === 'string' ? values : values.join(', ')}`)
      .join('; '),
    row.apps.join(', '),
    `${row.help}${row.from ? ` (from ${row.from} on)` : ''}`,
    [...new Set(samplesOf(row).flatMap((name) => alerts.get(name) ?? []))]
      .map((alert) => `[${alert}](operations.md#${alert.toLowerCase()})`)
      .join(', '),
  ]);
  const lines = [headings, headings.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return format(`${introduction}\n${lines.join('\n')}\n${traces}`, {
    ...(await resolveConfig(file)),
    filepath: file,
  });
}

function alertsByMetric(monitoring: Monitoring): Map<string, string[]> {
  const alerts = new Map<string, string[]>();
  for (const { alert, expr } of alertsOf(monitoring)) {
    const { selectors } = readQuery(expr, () => []);
    for (const { metric } of selectors) alerts.set(metric, [...(alerts.get(metric) ?? []), alert]);
  }
  return alerts;
}
