import { randomBytes } from 'node:crypto';
import { call, startApp, testStores, type AppProcess } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { apps, newSecrets } from '@portico/launcher';
import { startCollector, type Collector } from './collector.ts';

const stores = testStores();
const secrets = newSecrets();

/** An app on these stores that says which modules of OpenTelemetry it loads. */
async function start(name: string, environment: Record<string, string>): Promise<AppProcess> {
  const own = apps.find((app) => app.name === name)?.secrets ?? [];
  return startApp(name, {
    LOG_LEVEL: 'silent',
    PORT: '0',
    OPERATIONS_PORT: '0',
    MONGODB_URI: stores.mongodbUri,
    MONGODB_DATABASE: stores.database,
    REDIS_URL: stores.redisUrl,
    REDIS_PREFIX: stores.redisPrefix,
    ...Object.fromEntries(
      own.flatMap(({ name: secret }) => (secrets[secret] ? [[secret, secrets[secret]]] : [])),
    ),
    NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(watcher)}"`,
    ...environment,
  });
}

const watcher = `
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    // prom-client has the interfaces, which do nothing by themselves.
    if (/opentelemetry(?!\\/api\\/)|libs\\/tracing/.test(url)) console.log('loaded ' + url);
    return next(url, context);
  },
});
`;
const loadedBy = ({ lines }: AppProcess) => lines.filter((line) => line.startsWith('loaded '));

describe('with a collector', () => {
  let collector: Collector;
  let service: AppProcess;
  let gateway: AppProcess;
  beforeAll(async () => {
    collector = await startCollector();
    const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    service = await start('app-support', tracing);
    gateway = await start('gateway', { ...tracing, APP_SUPPORT_URL: service.url });
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), service.stop()]);
    await collector.close();
  });

  const requestId = 'a-request-of-the-test';
  const traceId = randomBytes(16).toString('hex');
  const parentId = randomBytes(8).toString('hex');

  it('a request is one trace, from the client through the gateway and the service to the stores', async () => {
    const answer = await call(`${gateway.url}/app-support/api/auth/access_token?token=very-secret`, {
      method: 'POST',
      body: { area: '86', account: '13800138000', password: 'very-secret' },
      headers: {
        // What a client says of the sampling is not taken from it.
        traceparent: `00-${traceId}-${parentId}-00`,
        'X-Request-Id': requestId,
      },
    });
    // Looked up and not found (document 004).
    expect(answer.body).toMatchObject({ code: expect.any(Number) as number });
    const of = (app: string, name: RegExp) =>
      collector.spans.find((span) => span.app === app && span.traceId === traceId && name.test(span.name));
    await expect.poll(() => of('gateway', /^POST/)).toBeDefined();
    await expect.poll(() => of('app-support', /^POST/)).toBeDefined();
    const atGateway = of('gateway', /^POST/);
    const atService = of('app-support', /^POST/);
    expect(atGateway).toMatchObject({
      parentSpanId: parentId,
      attributes: { 'http.response.status_code': 200, 'portico.request_id': requestId },
    });
    expect(atService).toMatchObject({
      name: 'POST /api/auth/access_token',
      parentSpanId: atGateway?.spanId,
      attributes: { 'http.route': '/api/auth/access_token', 'portico.request_id': requestId },
    });
    expect(of('app-support', /find/)).toMatchObject({
      parentSpanId: atService?.spanId,
      attributes: { 'db.collection.name': 'users' },
    });
    expect(of('gateway', /evalsha/)).toMatchObject({ parentSpanId: atGateway?.spanId });
  });

  it('spans hold no path, no query and no address', () => {
    expect(collector.received.join()).not.toMatch(
      /very-secret|13800138000|127\.0\.0\.1|url\.(full|path|query)|query|statement|address/,
    );
  });

  it('probes are nobody’s trace', async () => {
    await fetch(`${service.operationsUrl}/readyz`);
    await call(`${service.url}/openapi.json`);
    const names = () => collector.spans.map(({ name }) => name);
    await expect.poll(names).toContain('GET');
    expect(
      collector.spans.filter(({ app, parentSpanId }) => app === 'app-support' && !parentSpanId),
    ).toHaveLength(1);
  });
});

it('nothing of OpenTelemetry is loaded without a collector', async () => {
  const service = await start('app-support', {});
  onTestFinished(async () => void (await service.stop()));
  expect(loadedBy(service)).toEqual([]);
});

it('a process ends in time although its collector is away', async () => {
  const gateway = await start('gateway', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
  expect(loadedBy(gateway).length).toBeGreaterThan(10);
  await call(`${gateway.url}/healthz`);
  await call(`${gateway.url}/nowhere`);
  const begun = performance.now();
  expect(await gateway.stop()).toBe(0);
  expect(performance.now() - begun).toBeLessThan(60_000);
});
