import { expect, test } from 'vitest';
import { renderCodeowners } from './codeowners.ts';

test('gives each app to its team and the rest to the team of the gateway', () => {
  const apps = [
    { name: 'gateway', kind: 'gateway', owner: '@portico/platform' },
    { name: 'invoices', kind: 'service', owner: '@portico/money' },
  ] as const;
  expect(renderCodeowners(apps).split('\n').slice(1)).toEqual([
    '* @portico/platform',
    '/apps/gateway/ @portico/platform',
    '/apps/invoices/ @portico/money',
    '',
  ]);
});
