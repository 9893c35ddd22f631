import { call } from '@portico/testing';
import { describe, expect, it } from 'vitest';
import { startStub, type Answer } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

interface OpenApi {
  paths: Record<string, Record<string, { tags: string[]; security: object[]; requestBody?: object }>>;
  components: { securitySchemes: object };
}

/** Answers with an OpenAPI document of these POSTs. */
const documentOf =
  (paths: Record<string, object>): Answer =>
  (response) => {
    const operation = (schema: object) => ({
      post: {
        tags: ['t'],
        security: [{ bearer: [] }],
        requestBody: { content: { 'application/json': { schema } } },
        responses: {},
      },
    });
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify({
        openapi: '3.1.0',
        info: { title: 't', version: '1', description: 'about' },
        paths: Object.fromEntries(Object.entries(paths).map(([path, schema]) => [path, operation(schema)])),
        components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      }),
    );
  };

const customer = await startStub(
  'customer-service',
  documentOf({
    '/api/tickets/{id}': {},
    '/api/admin/users': {},
    '/api/auth/register': { title: 'customer' },
  }),
);
const support = await startStub(
  'app-support',
  documentOf({ '/api/auth/send_code': {}, '/api/auth/register': { title: 'support' } }),
);
const silent = await startStub('account-pool', () => undefined);
const gateway = await startTestGateway({
  'customer-service': customer,
  'app-support': support,
  'account-pool': silent,
});

describe('/openapi.json', async () => {
  const { body } = await call<OpenApi>(`${gateway.url}/openapi.json`);

  it('shows every path under its prefix, and verbatim where it is taken so', () => {
    expect(Object.keys(body.paths).toSorted()).toEqual([
      '/api/auth/register',
      '/api/auth/send_code',
      '/api/tickets/{id}',
      '/app-support/api/auth/register',
      '/app-support/api/auth/send_code',
      '/customer-service/api/admin/users',
      '/customer-service/api/auth/register',
      '/customer-service/api/tickets/{id}',
    ]);
  });

  it('keeps the names of the services apart', () => {
    expect(body.paths['/api/tickets/{id}']?.['post']).toMatchObject({
      tags: ['customer-service: t'],
      security: [{ 'customer-service.bearer': [] }],
    });
    expect(Object.keys(body.components.securitySchemes).toSorted()).toEqual([
      'app-support.bearer',
      'customer-service.bearer',
    ]);
  });

  it('shows the shared path as one that takes either body', () => {
    expect(body.paths['/api/auth/register']?.['post']?.requestBody).toMatchObject({
      content: { 'application/json': { schema: { anyOf: [{ title: 'support' }, { title: 'customer' }] } } },
    });
  });

  it('is asked of the services once for many readers', async () => {
    await Promise.all(Array.from({ length: 5 }, () => call(`${gateway.url}/openapi.json`)));
    expect(customer.seen.filter(({ url }) => url === '/openapi.json')).toHaveLength(1);
  });
});

describe('/docs', () => {
  it('is a page that needs nothing from elsewhere, under a strict policy', async () => {
    const { status, headers, body } = await call<string>(`${gateway.url}/docs`);
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';/);
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.getSetCookie()).toEqual([]);
    expect(body).not.toMatch(/https?:\/\//);
    expect(body).not.toMatch(/<script>|\son\w+=/);
    const sources = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(sources).toHaveLength(4);
    for (const source of sources) {
      const asset = await fetch(`${gateway.url}${source}`);
      expect(asset.status).toBe(200);
      expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  it('serves its own files and no others', async () => {
    for (const path of ['/docs/package.json', '/docs/swagger-ui.js.map', '/docs/x/y', '/docs/__proto__'])
      expect((await call(`${gateway.url}${path}`)).status).toBe(404);
  });
});

it('answers at its own addresses and to reading methods only', async () => {
  expect((await call(`${gateway.url}/`)).body).toMatchObject({ docs: '/docs', openapi: '/openapi.json' });
  expect((await call(`${gateway.url}/healthz`)).body).toEqual({ status: 'ok' });
  expect((await call(`${gateway.url}/readyz`)).body).toMatchObject({ status: 'ready' });
  expect((await call(`${gateway.url}/healthz`, { method: 'DELETE' })).status).toBe(405);
  expect((await call(`${gateway.url}/metrics`)).status).toBe(404);
});
