import { generateKeyPairSync } from 'node:crypto';
import { ConfigError, describeConfig, loadConfig } from '@portico/config';
import { describe, expect, it } from 'vitest';
import {
  codesConfig,
  loginBudgetConfig,
  operatorTokenConfig,
  passwordConfig,
  secretTokenConfig,
  sessionConfig,
  tokenIssuerConfig,
} from './index.ts';

const shape = {
  ...codesConfig,
  ...loginBudgetConfig,
  ...operatorTokenConfig,
  ...passwordConfig,
  ...secretTokenConfig,
  ...sessionConfig,
  ...tokenIssuerConfig,
};
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
const long = 'a secret of thirty-two characters';
const complete = {
  CODE_SECRET: `${long}, another ${long}`,
  OPERATOR_PRIVATE_KEY: privatePem.replaceAll('\n', '\\n'),
  OPERATOR_PUBLIC_KEYS: publicPem + publicPem,
  PASSWORD_PEPPERS: `p2:${long}:with=colon, p1:${long}`,
  SESSION_SECRETS: `s1:${long}`,
  TOKEN_SECRETS: `t1:${long}`,
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig('app', shape, undefined, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the environment of auth', () => {
  it('is read into keys and named secrets', () => {
    const config = loadConfig('app', shape, undefined, complete);
    expect(config.PASSWORD_PEPPERS).toEqual([
      { id: 'p2', secret: `${long}:with=colon` },
      { id: 'p1', secret: long },
    ]);
    expect(config.CODE_SECRET).toEqual([long, `another ${long}`]);
    expect(config.OPERATOR_PUBLIC_KEYS?.map(({ id }) => id)).toEqual(
      Array(2).fill(config.OPERATOR_PRIVATE_KEY.id),
    );
    expect([config.BCRYPT_COST, config.ACCESS_TOKEN_SECONDS, config.TOKEN_SECONDS]).toEqual([
      12, 1800, 86_400,
    ]);
  });

  it('has no default for anything secret, and production names each that is missing, once', () => {
    const secrets = Object.keys(complete);
    const problems = problemsOf({ NODE_ENV: 'production' });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(secrets);
    const rows = describeConfig(shape).filter((row) => secrets.includes(row.name));
    expect(rows.every((row) => row.requiredInProduction)).toBe(true);
    expect(rows.filter((row) => !row.secret).map((row) => row.name)).toEqual(['OPERATOR_PUBLIC_KEYS']);
  });

  it('that is wrong is named without being shown', () => {
    const problems = problemsOf({
      CODE_SECRET: `${long},tooshort`,
      OPERATOR_PRIVATE_KEY: publicPem,
      OPERATOR_PUBLIC_KEYS: privatePem,
      PASSWORD_PEPPERS: `p1:${long},p1:${long}`,
      SESSION_SECRETS: long,
      TOKEN_SECRETS: 't1:tooshort',
    });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(Object.keys(complete));
    expect(problems.join()).not.toMatch(/tooshort|thirty-two|BEGIN/);
  });
});
