import { AppError } from '@portico/envelope';
import { plainDialect } from '@portico/envelope/testing';
import { Writable } from 'node:stream';
import { call } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createApp,
  createLogger,
  createMetrics,
  defineRoute,
  listen,
  publicAccess,
  type Listener,
} from './index.ts';

const envelope = (data: z.ZodType) => z.object({ code: z.literal(0), message: z.string(), data });
const metrics = createMetrics('test');
const logged: string[] = [];
const executed: string[] = [];
/** An error of the store, as a translator knows it. */
class Unanswered extends Error {}
const unanswered = () => {
  throw new Unanswered();
};

const routes = [
  defineRoute({
    method: 'GET',
    path: '/lease/:owner',
    summary: 'Leases',
    tag: 'test',
    access: publicAccess,
    params: z.object({ owner: z.string() }),
    query: z.object({ count: z.union([z.string(), z.number()]).optional(), key: z.string().optional() }),
    unsafeGet: true,
    output: envelope(z.object({ owner: z.string(), count: z.unknown() })),
    errors: [],
    handle: ({ params, query }) => {
      executed.push(params.owner);
      return { data: { owner: params.owner, count: query.count ?? null } };
    },
  }),
  ...[false, true].map((readsBody) =>
    defineRoute({
      method: 'GET',
      path: readsBody ? '/told-in-body' : '/told-in-header',
      unsafeGet: true,
      summary: 'Needs a key',
      tag: 'test',
      access: {
        name: 'key',
        security: [],
        readsBody,
        authorize({ headers, body }) {
          const { key } = (body ?? {}) as { key?: unknown };
          if (headers['x-key'] !== 'right' && key !== 'right') throw new AppError('unauthenticated');
        },
      },
      query: z.object({ key: z.string().optional(), text: z.string().optional() }),
      output: envelope(z.int()),
      errors: [],
      handle: ({ query }) => ({ data: query.text?.length ?? 0 }),
    }),
  ),
  defineRoute({
    method: 'POST',
    path: '/rows',
    summary: 'Takes rows',
    tag: 'test',
    access: publicAccess,
    body: z.array(z.object({ name: z.string().max(5) })),
    bodyLimit: 1000,
    output: envelope(z.number()),
    errors: ['invalid_params'],
    handle: ({ body }) => ({ data: body.length }),
  }),
  defineRoute({
    method: 'GET',
    path: '/broken',
    summary: 'Throws',
    tag: 'test',
    access: publicAccess,
    output: envelope(z.null()),
    errors: [],
    handle: () => {
      throw new Error('secret detail');
    },
  }),
  ...(['POST', 'GET', 'unsafe GET'] as const).map((kind) =>
    defineRoute({
      method: kind === 'POST' ? 'POST' : 'GET',
      path: kind === 'unsafe GET' ? '/unanswered-unsafe' : '/unanswered',
      unsafeGet: kind === 'unsafe GET',
      summary: 'Waits for a store that does not answer',
      tag: 'test',
      access: {
        name: 'public',
        security: [],
        authorize: ({ headers }) => (headers['x-unanswered-caller'] ? unanswered() : undefined),
      },
      output: envelope(z.null()),
      errors: [],
      handle: unanswered,
    }),
  ),
  defineRoute({
    method: 'DELETE',
    path: '/guarded',
    summary: 'Needs a caller',
    tag: 'test',
    access: {
      name: 'nobody',
      security: ['key'],
      authorize: () => {
        throw new AppError('unauthenticated', { status: 401 });
      },
    },
    output: envelope(z.null()),
    errors: ['unauthenticated'],
    handle: () => ({ data: null }),
  }),
];

let server: Listener;
beforeAll(async () => {
  const app = createApp({
    dialect: plainDialect,
    routes,
    logger: createLogger(
      'test',
      'info',
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          logged.push(chunk.toString());
          done();
        },
      }),
    ),
    metrics,
    info: { title: 'Test', version: '1', description: '', failure: z.object({ code: z.number() }) },
    translators: [
      (thrown) => (thrown instanceof Unanswered ? new AppError('unavailable', { retryAfter: 2 }) : undefined),
    ],
    checkOutput: true,
  });
  server = await listen(app, { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close(0));

describe('a GET that changes state', () => {
  it('has a POST twin that takes the same members as JSON', async () => {
    const get = await call(`${server.url}/lease/a?count=2`);
    const post = await call(`${server.url}/lease/a`, { body: { count: 2 } });
    expect(get.body).toEqual({ code: 0, message: 'Success', data: { owner: 'a', count: '2' } });
    expect(post.body).toEqual({ code: 0, message: 'Success', data: { owner: 'a', count: 2 } });
  });

  it('executes nothing for HEAD, OPTIONS and prefetches', async () => {
    executed.length = 0;
    const head = await call(`${server.url}/lease/head`, { method: 'HEAD' });
    await call(`${server.url}/lease/options`, { method: 'OPTIONS' });
    const prefetch = await call(`${server.url}/lease/prefetch`, {
      headers: { 'Sec-Purpose': 'prefetch;prerender' },
    });
    expect([head.status, head.headers.get('allow'), prefetch.status]).toEqual([405, 'GET, POST', 403]);
    expect(executed).toEqual([]);
  });

  it.each([
    ['If-None-Match', '*'],
    ['If-Modified-Since', 'Sat, 01 Jan 2050 00:00:00 GMT'],
  ])('answers 200 and what it handed out to %s: %s', async (name, value) => {
    const { status, body } = await call(`${server.url}/lease/a?count=2`, { headers: { [name]: value } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: { owner: 'a' } });
  });

  it('is never cached and never logged with its query', async () => {
    const answer = await call(`${server.url}/lease/a?key=planted-secret`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(logged.join()).toContain('"route":"/lease/:owner"');
    expect(logged.join()).not.toContain('planted-secret');
  });
});

describe('access to a POST twin', () => {
  const post = (path: string, body: unknown, key?: string) =>
    call(server.url + path, { body, ...(key !== undefined && { headers: { 'X-Key': key } }) });
  const large = { text: 'x'.repeat(50_000) };

  it('is checked by the headers before the body is read', async () => {
    for (const body of ['{', { ...large, key: 'right' }])
      expect((await post('/told-in-header', body)).body).toMatchObject({ code: 'unauthenticated' });
    expect((await post('/told-in-header', large, 'right')).body).toMatchObject({ data: 50_000 });
  });

  it('reads a small body for what tells the caller, and a large one only afterwards', async () => {
    expect((await post('/told-in-body', { key: 'right', text: 'abc' })).body).toMatchObject({ data: 3 });
    expect((await post('/told-in-body', { key: 'wrong' })).body).toMatchObject({ code: 'unauthenticated' });
    expect(await post('/told-in-body', { ...large, key: 'right' })).toMatchObject({ status: 413 });
    expect((await post('/told-in-body', large, 'right')).body).toMatchObject({ data: 50_000 });
  });
});

describe('bad input', () => {
  it.each([
    ['malformed JSON', '[{', 400, 'malformed_json', /JSON/],
    ['a wrong type', [{ name: 1 }], 200, 'invalid_params', /^\[0\]\.name: |^body|name/],
    ['a string too long', [{ name: 'a' }, { name: 'abcdef' }], 200, 'invalid_params', /\[1\]\.name/],
    ['an object where rows belong', { $ne: null }, 200, 'invalid_params', /array/],
    ['too many bytes', 'x'.repeat(2000), 413, 'payload_too_large', /too large/],
  ])('%s is refused by its name', async (_name, body, status, code, message) => {
    const answer = await call(`${server.url}/rows`, { body });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code, data: null });
    expect(answer.body['message']).toMatch(message);
  });

  it('refuses deep nesting', async () => {
    const answer = await call(`${server.url}/rows`, { body: `${'['.repeat(200)}${']'.repeat(200)}` });
    expect(answer.body).toMatchObject({
      code: 'invalid_params',
      message: 'body: nested deeper than 32 levels',
    });
  });

  it.each(['/lease/me?key=%00', '/lease/a%00b', '/lease/me?count=1&count=x%00'])(
    'refuses the zero character in %s',
    async (path) => {
      executed.length = 0;
      expect((await call(server.url + path)).body).toMatchObject({ code: 'invalid_params' });
      const twin = await call(`${server.url}/lease/me`, { body: { key: 'a\0' } });
      expect(twin.body).toMatchObject({ code: 'invalid_params', message: 'key: U+0000' });
      expect(executed).toEqual([]);
    },
  );

  it('refuses a path that does not decode', async () => {
    expect(await call(`${server.url}/lease/%E0%A4%A`)).toMatchObject({
      status: 400,
      body: { code: 'bad_request' },
    });
  });

  it('answers an unknown path in the envelope', async () => {
    expect(await call(`${server.url}/nowhere`)).toMatchObject({
      status: 404,
      body: { code: 'route_not_found', data: null },
    });
  });
});

it('hides what a defect throws, logs and counts it', async () => {
  const defects = async () =>
    /^http_errors_total\{error="internal".*\} (\d+)$/m.exec(await metrics.registry.metrics())?.[1];
  expect(await defects()).toBe('0');
  const answer = await call(`${server.url}/broken`);
  expect(answer).toMatchObject({
    status: 500,
    body: { code: 'internal', message: 'Internal server error.' },
  });
  expect(logged.join()).toContain('secret detail');
  expect(await defects()).toBe('1');
});

describe('a store that did not answer', () => {
  const ask = (method: string, path: string, headers = {}) =>
    call(`${server.url}${path}`, { method, headers });

  it('returns 503 that says the outcome is unknown when the route changes state', async () => {
    for (const [method, path] of [
      ['POST', '/unanswered'],
      ['GET', '/unanswered-unsafe'],
      ['POST', '/unanswered-unsafe'],
    ] as const) {
      const answer = await ask(method, path);
      expect(answer).toMatchObject({ status: 503, body: { code: 'outcome_unknown', data: null } });
      expect(answer.body['message']).toMatch(/may have been made.*Idempotency-Key/);
      expect(answer.headers.get('retry-after')).toBe('2');
    }
  });

  it('returns 503 that says the service is unavailable when nothing can have been changed', async () => {
    const read = await ask('GET', '/unanswered');
    const refused = await ask('POST', '/unanswered', { 'X-Unanswered-Caller': 'yes' });
    for (const answer of [read, refused]) {
      expect(answer).toMatchObject({ status: 503, body: { message: 'The service is unavailable.' } });
      expect(answer.headers.get('retry-after')).toBe('2');
    }
  });
});

it('asks for the caller before it reads the body', async () => {
  const answer = await call(`${server.url}/guarded`, { method: 'DELETE', body: '{malformed' });
  expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
});

it('keeps a well-formed request id and replaces others', async () => {
  const kept = await call(`${server.url}/lease/a`, { headers: { 'X-Request-Id': 'client-id-1234' } });
  const replaced = await call(`${server.url}/lease/a`, { headers: { 'X-Request-Id': 'no spaces please' } });
  expect(kept.headers.get('x-request-id')).toBe('client-id-1234');
  expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

it('documents its routes, twins included', async () => {
  const { body } = await call<{ paths: Record<string, Record<string, { security: object[] }>> }>(
    `${server.url}/openapi.json`,
  );
  expect(Object.keys(body.paths['/lease/{owner}'] ?? {})).toEqual(['get', 'post']);
  expect(body.paths['/guarded']?.['delete']?.security).toEqual([{ key: [] }]);
});

it('finishes a request in flight when it stops, and takes no more', async () => {
  let release = () => undefined as void;
  const started = Promise.withResolvers<void>();
  const slow = await listen(
    (_request, response) => {
      release = () => void response.end('done');
      started.resolve();
    },
    { host: '127.0.0.1', port: 0 },
  );
  const answer = fetch(slow.url);
  await started.promise;
  const closed = slow.close(10_000);
  await expect.poll(() => slow.server.listening).toBe(false);
  await expect(fetch(slow.url)).rejects.toThrow();
  release();
  expect(await (await answer).text()).toBe('done');
  await closed;
});
