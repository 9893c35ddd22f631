import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, text } from '@portico/config';
import { afterAll, expect, test } from 'vitest';
import { endProcess, freePort, isFree, launchRedis, startRedis } from './index.ts';

const searchPath = loadConfig('tests', { PATH: text() }).PATH;
const folder = mkdtempSync(join(tmpdir(), 'portico-stores-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a free port is free, outside the range of outgoing connections, and given once', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  expect(new Set(ports).size).toBe(50);
  for (const port of ports) expect(port).toBeLessThan(32_768);
  expect(await isFree(ports[0] ?? 0)).toBe(true);
});

test('a port that was given is given to no other process either', async () => {
  const port = await freePort();
  const bind = `require('node:dgram').createSocket('udp4').on('error', ({ code }) => console.log(code)).bind(${port}, '127.0.0.1', function () { this.close() })`;
  expect(execFileSync(process.execPath, ['-e', bind], { encoding: 'utf8' })).toBe('EADDRINUSE\n');
  // A server may listen there all the same.
  expect(await isFree(port)).toBe(true);
});

test('a port in use is not free', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  expect(await isFree((server.address() as AddressInfo).port)).toBe(false);
  server.close();
});

test('Redis answers when it is ready and ends on request', async () => {
  const port = await freePort();
  const redis = await startRedis({ dataDir: join(folder, 'redis'), port, searchPath: searchPath });
  expect(redis.url).toBe(`redis://127.0.0.1:${port}`);
  expect(await isFree(port)).toBe(false);
  await redis.stop();
  expect(await isFree(port)).toBe(true);
});

test('a store that cannot start says why', async () => {
  const port = await freePort();
  const options = { dataDir: join(folder, 'first'), port, searchPath: searchPath };
  const first = await startRedis(options);
  const second = launchRedis({ ...options, dataDir: join(folder, 'second') });
  await expect(second.ready).rejects.toThrow(/redis ended at start[^]*in use/i);
  await endProcess(second.child);
  await first.stop();
});

test('without Redis on the search path the message says what to install', () => {
  expect(() => launchRedis({ dataDir: folder, port: 1, searchPath: '' })).toThrow(
    /install one of them, or set REDIS_URL/,
  );
});
