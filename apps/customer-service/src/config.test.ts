import { generateKeyPairSync } from 'node:crypto';
import { ConfigError, loadConfig } from '@portico/config';
import { startApp, testStores } from '@portico/testing';
import { describe, expect, it } from 'vitest';
import { check, shape } from './config.ts';
import { testSecrets } from './contacts/turnstile.ts';
import { environmentOf } from './testing/support.ts';

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const complete = {
  ...environmentOf(testStores(), 'files'),
  NODE_ENV: 'production',
  BCRYPT_COST: '12',
  OPERATOR_PUBLIC_KEYS: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
};

/** The lines in which an instance that does not start says why: `  NAME: problem`. */
async function problemsOf(environment: Record<string, string>): Promise<string[]> {
  const refused = await startApp('customer-service', environment).then(
    () => 'it started',
    (error: unknown) => String(error),
  );
  expect(refused).toContain('customer-service cannot start:');
  return refused.split('\n').flatMap((line) => /^ {2}([A-Z]\S+: .+)$/.exec(line)?.[1] ?? []);
}

describe('production', () => {
  it('with nothing set is refused, and every missing variable is named at once', async () => {
    const problems = await problemsOf({ NODE_ENV: 'production' });
    expect(problems.map((line) => line.split(':')[0]).toSorted()).toEqual([
      'ADMIN_EMAIL',
      'ADMIN_PASSWORD',
      'CODE_SECRET',
      'FILE_LINK_SECRETS',
      'MONGODB_URI',
      'OPERATOR_PRIVATE_KEY',
      'OPERATOR_PUBLIC_KEYS',
      'PASSWORD_PEPPERS',
      'REDIS_URL',
      'SEALING_KEYS',
      'SESSION_SECRETS',
      'TURNSTILE_SECRET',
    ]);
    for (const problem of problems) expect(problem).toMatch(/: (is not set|must be set in production)$/);
  });
});

describe('the configuration', () => {
  const problemsIn = (more: Record<string, string>) => {
    try {
      loadConfig('customer-service', shape, check, { ...complete, ...more });
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
  };

  it('is enough for production with a secret of Turnstile of its own', () => {
    expect(problemsIn({ TURNSTILE_SECRET: '0x4AAAAAAA-a-secret-of-its-own' })).toEqual([]);
  });

  it.each(Object.values(testSecrets))(
    'is not with the test secret %s, which is good in development',
    (secret) => {
      const more = { TURNSTILE_SECRET: secret };
      expect(problemsIn(more)).toEqual([
        'TURNSTILE_SECRET: is one of the test secrets, which anybody can pass: make one at Cloudflare',
      ]);
      expect(problemsIn({ ...more, NODE_ENV: 'development' })).toEqual([]);
    },
  );

  it.each([
    ['BCRYPT_COST', '9'],
    ['ADMIN_PASSWORD', 'Admin@2026'],
    ['ADMIN_PASSWORD', 'changeme123'],
  ])('refuses %s=%s in production, and takes it in development', (name, value) => {
    const more = { TURNSTILE_SECRET: 'a secret of its own', [name]: value };
    expect(problemsIn(more)).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
    expect(problemsIn({ ...more, NODE_ENV: 'development' })).toEqual([]);
  });

  it.each(['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'])('takes no %s alone', (name) => {
    const problems = problemsIn({ NODE_ENV: 'development', [name]: 'x' });
    expect(problems).toEqual(['S3_SECRET_ACCESS_KEY: set it together with S3_ACCESS_KEY_ID, or neither']);
  });
});
