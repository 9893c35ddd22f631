import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allVariables, root } from '@portico/launcher';

const docs = join(root, 'docs');
const page = readFileSync(join(docs, 'operations.md'), 'utf8');
const variables = await allVariables();
/** What stands under a heading, up to the next one of its level. */
const partOf = (text: string, heading: string) => text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';

test('docs/operations.md says of every secret how it is replaced', () => {
  const recipes = partOf(page, 'Rotation of secrets');
  // Families of providers are one recipe.
  const families = {
    SMTP: 'SMTP',
    SMPP: 'SMPP',
    TWILIO: 'Twilio',
    ALIYUN: 'Aliyun',
    SMS_HTTP: 'the HTTP SMS gateway',
  };
  const others = { FCM: 'FCM', APNS: 'APNs', GETUI: 'Getui', DKIM: 'DKIM', MONGODB_URI: 'MONGODB_URI' };
  const byPrefix = Object.entries({ ...families, ...others });
  const missing = variables
    .filter(({ name, secret }) => secret || name === 'MONGODB_URI' || name === 'REDIS_URL')
    .map(({ name }) => name)
    .filter((name) => {
      const family = byPrefix.find(([prefix]) => name.startsWith(prefix))?.[1];
      return !recipes.includes(`\`${name}\``) && !(family !== undefined && recipes.includes(family));
    });
  expect(missing).toEqual([]);
});

test('docs/operations.md names no variable that nobody reads', () => {
  const known = new Set(variables.map(({ name }) => name));
  const named = new Set(
    [...page.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)].map(([, name = '']) => name),
  );
  expect([...named].filter((name) => !known.has(name))).toEqual([]);
});

test('the links of docs/operations.md lead somewhere', () => {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9_ -]/g, '')
      .replaceAll(' ', '-'),
  );
  const broken = [...page.matchAll(/\]\(([^)]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) =>
      target.startsWith('#')
        ? !headings.includes(target.slice(1))
        : !existsSync(join(docs, target.replace(/#.*/, ''))),
    );
  expect(broken).toEqual([]);
});
