import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { startTestGateway } from '../testing/test-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'portico-console-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const script = 'console.log(1);'.repeat(100);

function build(): void {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<html><meta name="csp-nonce" content="__NONCE__"></html>');
  writeFileSync(join(folder, 'assets/index-a1.js'), script);
  writeFileSync(join(folder, 'assets/index-a1.js.br'), brotliCompressSync(script));
  writeFileSync(join(folder, '.inputs'), 'hash');
}

const gateway = await startTestGateway(
  {},
  { CONSOLE_DIR: folder, CONSOLE_CONNECT_SRC: 'https://bucket.example' },
);
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(gateway.url + path, { redirect: 'manual', headers });

describe('/console/', () => {
  it('answers 503 with a page that asks again until the console is built', async () => {
    const response = await get('/console/');
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('http-equiv="refresh"');
    build();
    expect((await get('/console/')).status).toBe(200);
  });

  it('answers index.html for each page with a new nonce', async () => {
    const first = await get('/console/account-pool/accounts?owner=x');
    expect(first.headers.get('cache-control')).toBe('no-store');
    const policy = first.headers.get('content-security-policy') ?? '';
    const [, nonce = ''] = /'nonce-([\w-]+)'/.exec(policy) ?? [];
    expect(policy).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; ` +
        "font-src 'self'; connect-src 'self' https://bucket.example; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(await first.text()).toContain(`content="${nonce}"`);
    expect((await get('/console/')).headers.get('content-security-policy')).not.toBe(policy);
  });

  it('sends assets encoded as the client accepts, cached for a year', async () => {
    const encoded = await get('/console/assets/index-a1.js', { 'Accept-Encoding': 'br' });
    expect(encoded.headers.get('content-encoding')).toBe('br');
    expect(encoded.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await encoded.text()).toBe(script);
    const plain = await get('/console/assets/index-a1.js', { 'Accept-Encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await plain.text()).toBe(script);
  });

  it('answers 304 to the ETag that it gave', async () => {
    const etag = (await get('/console/assets/index-a1.js')).headers.get('etag') ?? '';
    expect((await get('/console/assets/index-a1.js', { 'If-None-Match': etag })).status).toBe(304);
  });

  it.each(['/console/assets/index-old.js', '/console/robots.txt', '/console/assets/.inputs'])(
    'answers 404 for %s',
    async (path) => expect((await get(path)).status).toBe(404),
  );

  it('redirects /console to /console/', async () => {
    const response = await get('/console');
    expect([response.status, response.headers.get('location')]).toEqual([308, '/console/']);
  });

  it('says what the page needs to know in config.json', async () => {
    const body = (await (await get('/console/config.json')).json()) as Record<string, unknown>;
    expect(body).toMatchObject({ environment: 'test', version: expect.any(String) as string });
  });

  it('answers 405 to a POST', async () => {
    expect((await fetch(`${gateway.url}/console/`, { method: 'POST' })).status).toBe(405);
  });
});

it('answers 404 for the whole console where it is switched off', async () => {
  const off = await startTestGateway({}, { CONSOLE: 'off', CONSOLE_DIR: folder });
  expect((await fetch(`${off.url}/console/`)).status).toBe(404);
});
