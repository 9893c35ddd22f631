import { requiredInProduction, text, wholeNumber } from '@portico/config';
import { z } from 'zod';
import { isCommonPassword } from './passwords/common-passwords.ts';
import type { NamedSecret } from './secrets.ts';
import { signingKey, verificationKeys } from './tokens/keys.ts';

/** Turns what a constructor throws into a line of the start-up report, without the secret. */
function parsed<Out>(parse: (value: string) => Out) {
  return text().transform((value, context): Out => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

/** `id:secret,id:secret`: the first is used for what is new, all for what exists. */
function parseSecrets(text: string): NamedSecret[] {
  const secrets = text.split(',').map((item) => {
    const [, id, secret] = /^([A-Za-z0-9_-]{1,32}):(.{32,})$/.exec(item.trim()) ?? [];
    if (id === undefined || secret === undefined) {
      throw new Error('must be id:secret[,id:secret…] with at least 32 characters in each secret');
    }
    return { id, secret };
  });
  if (new Set(secrets.map(({ id }) => id)).size < secrets.length) throw new Error('has an id twice');
  return secrets;
}

/** Secrets without ids: the digests that they make name none. */
function parseCodeSecrets(text: string): [string, ...string[]] {
  const [first, ...others] = text.split(',').map((item) => item.trim());
  if (first === undefined || [first, ...others].some(({ length }) => length < 32))
    throw new Error('must be secret[,secret…] with at least 32 characters in each');
  return [first, ...others];
}

/** A secret that every environment must set: there is no default, in development the launcher makes one. */
const namedSecrets = (description: string) =>
  parsed(parseSecrets).meta({
    description: `${description}: id:secret[,id:secret…], the first for what is new`,
    secret: true,
    requiredInProduction: true,
  });

/** Verifying operators' tokens: for every service with administration endpoints. */
export const operatorTokenConfig = {
  OPERATOR_PUBLIC_KEYS: requiredInProduction(parsed(verificationKeys), {
    description:
      "public keys of customer-service's tokens: one or several P-256 PEM blocks, line breaks may be written \\n; without it administration endpoints refuse everybody",
  }),
  OPERATOR_TOKEN_ISSUER: text()
    .default('portico/customer-service')
    .meta({ description: 'issuer of the tokens of customer-service, the same in all services' }),
  OPERATOR_TOKEN_AUDIENCE: text()
    .default('portico/customer-service')
    .meta({ description: 'audience of the tokens of customer-service, the same in all services' }),
};

/** Signing them: for customer-service, beside `operatorTokenConfig`, whose keys are then the former ones. */
export const tokenIssuerConfig = {
  OPERATOR_PRIVATE_KEY: parsed(signingKey).meta({
    description: 'signs tokens: a P-256 private key in PEM (PKCS #8), line breaks may be written \\n',
    secret: true,
    requiredInProduction: true,
  }),
  ACCESS_TOKEN_SECONDS: wholeNumber(60, 86_400)
    .default(1800)
    .meta({ description: 'how long an access token is valid' }),
};

/** Hashing passwords: for every service that has users. */
export const passwordConfig = {
  PASSWORD_PEPPERS: namedSecrets('keys under which passwords are digested before bcrypt'),
  BCRYPT_COST: wholeNumber(4, 15)
    .default(12)
    .meta({ description: "bcrypt's cost; one more doubles the time of a login" }),
  PASSWORD_THREADS: wholeNumber(1, 64)
    .optional()
    .meta({ description: 'threads for bcrypt; one less than the machine has processors by default' }),
  PASSWORD_QUEUE: wholeNumber(1, 10_000)
    .default(32)
    .meta({ description: 'logins that may wait for a thread; further ones are answered 429' }),
  PASSWORD_WAIT_MS: wholeNumber(100, 60_000)
    .default(4000)
    .meta({ description: 'how long a login may wait for a thread; after that it is answered 429' }),
};

/** Below this a stolen table of hashes is soon read. */
const leastCostInProduction = 10;

/** What production refuses of passwords, for the `check` of every service that has users. */
export function checkPasswordConfig(config: {
  NODE_ENV?: string | undefined;
  BCRYPT_COST?: number | undefined;
  ADMIN_PASSWORD?: string | undefined;
}): string[] {
  if (config.NODE_ENV !== 'production') return [];
  const problems = [];
  if ((config.BCRYPT_COST ?? leastCostInProduction) < leastCostInProduction)
    problems.push(`BCRYPT_COST: must be at least ${leastCostInProduction} in production`);
  if (config.ADMIN_PASSWORD !== undefined && isCommonPassword(config.ADMIN_PASSWORD))
    problems.push('ADMIN_PASSWORD: is one of the first that a stranger would try; choose another one');
  return problems;
}

/** One-time codes. */
export const codesConfig = {
  CODE_SECRET: parsed(parseCodeSecrets).meta({
    description:
      'key under which one-time codes are digested; comma-separated where it is being replaced, the first for what is new',
    secret: true,
    requiredInProduction: true,
  }),
};

/** How often passwords may be guessed: for every service that has users. */
export const loginBudgetConfig = {
  LOGIN_TRIES_PER_ACCOUNT: wholeNumber(1, 1000)
    .default(100)
    .meta({ description: 'wrong passwords for one account in an hour, over all addresses and devices' }),
  LOGIN_TRIES_PER_ADDRESS: wholeNumber(1, 100_000)
    .default(100)
    .meta({ description: 'wrong passwords from one client address in a window' }),
  LOGIN_WINDOW_SECONDS: wholeNumber(60, 86_400).default(900).meta({ description: 'length of that window' }),
};

/** Tokens that a service signs for its own users alone: sms-phone. */
export const secretTokenConfig = {
  TOKEN_SECRETS: namedSecrets('keys that sign the tokens of users'),
  TOKEN_SECONDS: wholeNumber(60, 30 * 86_400)
    .default(86_400)
    .meta({ description: 'how long a token is valid' }),
};

/** Sessions with refresh tokens: customer-service and app-support. */
export const sessionConfig = {
  SESSION_SECRETS: namedSecrets('keys from which session tokens are derived'),
  REFRESH_TOKEN_SECONDS: wholeNumber(60, 365 * 86_400)
    .default(30 * 86_400)
    .meta({ description: 'how long a refresh token is valid, from when it was given out' }),
};

/** Their access tokens, where those are opaque too: app-support. */
export const sessionAccessConfig = {
  ACCESS_TOKEN_SECONDS: wholeNumber(60, 30 * 86_400)
    .default(7 * 86_400)
    .meta({ description: 'how long an access token is valid' }),
};
