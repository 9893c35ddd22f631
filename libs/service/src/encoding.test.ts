import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppError, Dialect } from '@portico/envelope';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp } from './app.ts';
import { isEncodedUtf8 } from './encoding.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { defineRoute, publicAccess } from './route.ts';

const dialect = {
  locale: 'en',
  success: (result: unknown) => result,
  failure: (error: AppError) => ({ status: error.status ?? 400, body: { code: error.code } }),
} as unknown as Dialect;
const given: unknown[] = [];
const any = z.looseObject({});
const route = (path: string, bodyType: 'json' | 'form') =>
  defineRoute({
    method: 'POST',
    path,
    summary: '',
    tag: '',
    access: publicAccess,
    bodyType,
    query: any,
    body: any,
    output: z.any(),
    errors: [],
    handle: ({ body, query }) => {
      given.push({ body, query });
      return { body, query };
    },
  });

const app = createApp({
  dialect,
  routes: [route('/json', 'json'), route('/form', 'form')],
  logger: createLogger('test', 'silent'),
  metrics: createMetrics('test'),
  info: { title: '', version: '', description: '', failure: z.any(), securitySchemes: {} },
});
const server = createServer(app);
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const post = (path: string, body: string | Buffer, type: string) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers: { 'content-type': type },
  });
const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

describe('a request that is not UTF-8', () => {
  it.each([
    ['a byte of GBK in the query', '/json?a=%D6%C7', '{}', json],
    ['a surrogate in the query', '/json?a=%ED%A0%80', '{}', json],
    ['an overlong form in the query', '/json?a=%C0%AF', '{}', json],
    [
      'a byte of GBK in JSON',
      '/json',
      Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xd6, 0xc7, 0x22, 0x7d]),
      json,
    ],
    ['half a surrogate pair in JSON', '/json', '{"a":"\\ud83d"}', json],
    ['half a surrogate pair in a name', '/json', '{"\\ude00":1}', json],
    ['half a surrogate pair in a list', '/json', '{"a":["\\ud83d"]}', json],
    ['an encoded byte of GBK in a form', '/form', 'a=%C3%DC%C2%EB', form],
    ['a raw byte of GBK in a form', '/form', Buffer.from([0x61, 0x3d, 0xc3, 0xdc]), form],
  ])('returns 400 and reaches no handler: %s', async (_name, path, body, type) => {
    given.length = 0;
    expect((await post(path, body, type)).status).toBe(400);
    expect(given).toEqual([]);
  });
});

describe('a request in UTF-8', () => {
  it.each([
    ['in the query', '/json?a=%E5%AF%86', '{}', json, { query: { a: '密' } }],
    ['with a bare percent sign', '/json?a=100%', '{}', json, { query: { a: '100%' } }],
    ['with charset=UTF8', '/json', '{"a":"密"}', 'application/json; charset=UTF8', { body: { a: '密' } }],
    [
      'with a quoted charset',
      '/json',
      '{"a":"密"}',
      'application/json; charset="utf-8"',
      { body: { a: '密' } },
    ],
    ['with an emoji', '/json', '{"a":"\\ud83d\\ude00"}', json, { body: { a: '😀' } }],
    ['in a form', '/form', 'a=%E5%AF%86+b', form, { body: { a: '密 b' } }],
    ['in a raw form', '/form', 'a=密', form, { body: { a: '密' } }],
  ])('is understood %s', async (_name, path, body, type, expected) => {
    const answer = await post(path, body, type);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject(expected);
  });
});

it('reads percent-encoded text', () => {
  expect(['%E5%AF%86', '100%', '%zz', 'plain'].map(isEncodedUtf8)).toEqual([true, true, true, true]);
  expect(['%E5', '%D6%C7', 'ü'].map(isEncodedUtf8)).toEqual([false, false, false]);
});
