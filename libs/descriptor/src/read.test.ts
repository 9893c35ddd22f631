import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { databaseName, urlVariable } from './names.ts';
import { fileOf, readDescriptors } from './read.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portico-descriptors-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const invoices = {
  name: 'invoices',
  kind: 'service',
  title: { zh: '发票', en: 'Invoices' },
  owner: '@portico/invoices',
  port: 8080,
  memory: { request: '160Mi', limit: '512Mi' },
  instances: { least: 2 },
  dialect: 'dialect.ts',
  config: 'src/config.ts',
};

function write(folder: string, descriptor: object): void {
  mkdirSync(join(root, 'apps', folder), { recursive: true });
  writeFileSync(join(root, 'apps', folder, 'service.ts'), `export default ${JSON.stringify(descriptor)};`);
}

const refusal = async (): Promise<string> =>
  readDescriptors(root).then(
    () => 'nothing is wrong',
    (error: Error) => error.message,
  );

test('reads the descriptors of this checkout', async () => {
  const descriptors = await readDescriptors();
  expect(descriptors.filter(({ kind }) => kind === 'gateway')).toHaveLength(1);
  expect(descriptors.map(({ name }) => name)).toEqual(descriptors.map(({ name }) => name).toSorted());
});

test.each(await readDescriptors())('$name has every file that its descriptor names', (descriptor) => {
  const { dialect, config, metrics } = descriptor;
  for (const file of [dialect, config, metrics].filter((one) => one !== undefined))
    expect(existsSync(fileOf(descriptor, file)), file).toBe(true);
});

test.each(await readDescriptors())('$name can be read where its packages are not installed', (descriptor) => {
  // An image holds the other apps' descriptors and dialects alone (Dockerfile).
  expect(runtimeImports(fileOf(descriptor, 'service.ts'))).toEqual([]);
  if (descriptor.dialect !== undefined)
    expect(runtimeImports(fileOf(descriptor, descriptor.dialect))).toEqual(['@portico/envelope']);
});

function runtimeImports(file: string): (string | undefined)[] {
  const imports = readFileSync(file, 'utf8').matchAll(/^import (?!type)[^;]*?'([^']+)';/gm);
  return [...imports].map(([, specifier]) => specifier);
}

test('puts every default in its place', async () => {
  write('invoices', { ...invoices, routes: [{ paths: ['/api/invoices'] }] });
  const [descriptor] = await readDescriptors(root);
  expect(descriptor).toMatchObject({
    routes: [{ paths: ['/api/invoices'], unsafeGet: false, prefixedOnly: false }],
    sharedRoutes: [],
    uses: { outbox: false, files: false, outside: [] },
    secrets: [],
  });
});

test('derives the names that readers share', () => {
  expect(urlVariable({ name: 'account-pool' })).toBe('ACCOUNT_POOL_URL');
  expect(databaseName({ name: 'account-pool' })).toBe('portico_account_pool');
});

test('refuses an app without a descriptor by its name', async () => {
  mkdirSync(join(root, 'apps', 'ledger', 'src'), { recursive: true });
  writeFileSync(join(root, 'apps', 'ledger', 'src', 'main.ts'), '');
  expect(await refusal()).toMatch(/^apps\/ledger\/service\.ts is missing: write a descriptor/);
});

test('refuses a descriptor that cannot be loaded', async () => {
  write('invoices', {});
  writeFileSync(join(root, 'apps', 'invoices', 'service.ts'), "import './missing.ts';");
  expect(await refusal()).toMatch(/^apps\/invoices\/service\.ts cannot be loaded: .*missing\.ts/);
});

test('lists every mistake of every descriptor', async () => {
  write('invoices', { ...invoices, port: 0, colour: 'red', routes: [{ paths: ['api/x/'] }] });
  write('tax', { ...invoices, name: 'taxes' });
  const lines = (await refusal()).split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^apps\/invoices\/service\.ts: port: /),
    expect.stringMatching(/^apps\/invoices\/service\.ts: routes\.0\.paths\.0: must be a path/),
    expect.stringMatching(/^apps\/invoices\/service\.ts: default export: .*colour/),
    'apps/tax/service.ts: name: must be tax, the name of its folder',
  ]);
});

test.each([
  [{ name: 'docs' }, /name: the gateway answers this path itself/],
  [{ kind: 'worker' }, /port: a worker has no business port/],
  [{ port: undefined }, /port: is missing/],
  [{ dialect: undefined }, /dialect: is missing/],
  [{ instances: { least: 3, most: 2 } }, /most must not be below least/],
  [{ routes: [{ paths: ['/api/a', '/api/a'] }] }, /\/api\/a stands twice/],
  [{ secrets: [{ name: 'KEYS', made: 'public-key' }] }, /KEYS: "of" names the private key/],
  [{ secrets: [{ name: 'KEYS', made: 'public-key', of: 'KEY' }] }, /no app has the private key KEY/],
  [
    { sharedRoutes: [{ path: '/api/a', bodyMember: 'a', limit: 'code' }] },
    /no other service has \/api\/a: move it to routes/,
  ],
])('refuses %j and says what to do', async (change, message) => {
  const descriptor = { ...invoices, ...change };
  write(descriptor.name, descriptor);
  expect(await refusal()).toMatch(message);
});

test('refuses verbatim routes of two services that meet, and takes them under a prefix', async () => {
  write('invoices', { ...invoices, routes: [{ paths: ['/api/bills/paid'] }] });
  const bills = { ...invoices, name: 'bills', routes: [{ paths: ['/api/bills'] }] };
  write('bills', bills);
  expect(await refusal()).toMatch(
    /apps\/bills\/service\.ts: routes: \/api\/bills meets \/api\/bills\/paid of/,
  );
  write('taxes', { ...bills, name: 'taxes', routes: [{ paths: ['/api/bills'], prefixedOnly: true }] });
  rmSync(join(root, 'apps', 'invoices'), { recursive: true });
  expect(await refusal()).not.toMatch(/taxes/);
});

test('refuses a shared route that the body cannot tell, and a secret that is made in two ways', async () => {
  const shared = { path: '/api/join', bodyMember: 'email', limit: 'code' };
  write('invoices', { ...invoices, sharedRoutes: [shared], secrets: [{ name: 'A', made: 'random' }] });
  write('taxes', {
    ...invoices,
    name: 'taxes',
    sharedRoutes: [shared],
    secrets: [{ name: 'A', made: 'named-list' }],
  });
  expect(await refusal()).toMatch(
    /\/api\/join needs another bodyMember than that of taxes[^]*A is made in another way/,
  );
});
