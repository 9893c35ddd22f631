import { expect, test } from 'vitest';
import { environmentOf, loadLauncherConfig } from './environment.ts';
import type { App } from './apps.ts';

const described = (name: string, kind: App['kind'], secrets: App['secrets'] = []): App => ({
  name,
  kind,
  secrets,
  title: { zh: name, en: name },
  owner: '@portico/any',
  routes: [],
  sharedRoutes: [],
  bodyLimits: [],
  uses: { outbox: false, files: false, outside: [] },
  memory: { request: '128Mi', limit: '256Mi' },
  nodeFlags: [],
  instances: { least: 1 },
  config: 'src/config.ts',
});
const gateway = described('gateway', 'gateway');
const pool = described('account-pool', 'service', [{ name: 'SEALING_KEYS', made: 'sealing-key' }]);
const notifier = described('notifier', 'worker');
const PATH = '/bin';

test('the gateway is on 8080 and everything else on free ports', () => {
  const { placements } = loadLauncherConfig([gateway, pool, notifier], { PATH });
  expect([...placements.values()]).toEqual([
    { instances: 1, port: 0, operationsPort: 0 },
    { instances: 1, port: 0, operationsPort: 0 },
    { instances: 1, port: 8080, operationsPort: 0 },
  ]);
});

test('ports and instances can be set for each app', () => {
  const environment = { PATH, ACCOUNT_POOL_INSTANCES: '2', ACCOUNT_POOL_PORT: '3001', PORT: '0' };
  const { placements } = loadLauncherConfig([gateway, pool], environment);
  expect(placements.get(pool)).toEqual({ instances: 2, port: 3001, operationsPort: 0 });
  expect(placements.get(gateway)?.port).toBe(0);
});

test('every mistake is listed at once', () => {
  const environment = { PATH, PORT: '80a', ACCOUNT_POOL_INSTANCES: '-1' };
  expect(() => loadLauncherConfig([gateway, pool], environment)).toThrow(
    /PORT: must be a whole number[^]*ACCOUNT_POOL_INSTANCES: must be at least 0/,
  );
});

const secrets = { SEALING_KEYS: 'made', OPERATOR_PRIVATE_KEY: 'made' };

test('an app gets the environment, its own secrets, and what is meant for it alone', () => {
  const inherited = {
    HTTP_STATUS_MODE: 'mirror',
    LOG_LEVEL: 'info',
    ACCOUNT_POOL_LOG_LEVEL: 'debug',
    ADMIN_PASSWORD: 'given',
  };
  const environment = environmentOf({ app: pool, inherited, secrets, decided: { PORT: '4000' } });
  expect(environment).toMatchObject({
    HTTP_STATUS_MODE: 'mirror',
    LOG_LEVEL: 'debug',
    SEALING_KEYS: 'made',
    PORT: '4000',
  });
  expect(environment).not.toHaveProperty('OPERATOR_PRIVATE_KEY');
  expect(environment).not.toHaveProperty('ADMIN_PASSWORD');
});

test('the front door is meant where no app is named, and one database never for all', () => {
  const inherited = { HOST: '10.0.0.1', PORT: '80', MONGODB_DATABASE: 'one' };
  const of = (app: App) => environmentOf({ app, inherited, secrets, decided: {} });
  expect(of(gateway)).toMatchObject({ HOST: '10.0.0.1', PORT: '80' });
  expect(of(pool)['HOST']).toBe('127.0.0.1');
  expect(of(pool)).not.toHaveProperty('PORT');
  expect(of(pool)).not.toHaveProperty('MONGODB_DATABASE');
});

test('a secret that was given goes before one that was made', () => {
  const inherited = { SEALING_KEYS: 'given' };
  expect(environmentOf({ app: pool, inherited, secrets, decided: {} })['SEALING_KEYS']).toBe('given');
});
