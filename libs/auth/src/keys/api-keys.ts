import { randomBytes } from 'node:crypto';
import { credentialsFrom } from '../bearer.ts';
import { digestOf } from '../secrets.ts';

/** What a service does with a new key: show `key` once, store `hash` and `hint`. */
export interface NewApiKey {
  key: string;
  /** Unique; the index to find the key's record by. */
  hash: string;
  /** The first characters, by which its owner tells keys apart. */
  hint: string;
}

const keyBytes = 32;
const hintLength = 8;

/**
 * Makes an API key.
 *
 * @param prefix tells people and secret scanners what it is: `pk_`
 */
export function makeApiKey(prefix: string): NewApiKey {
  const key = prefix + randomBytes(keyBytes).toString('base64url');
  return { key, hash: hashApiKey(key), hint: key.slice(0, prefix.length + hintLength) };
}

/**
 * The form in which a key is stored and looked up. SHA-256 without salt or stretching is enough for 256 random bits,
 * and looking up by digest tells nothing through timing: a caller cannot steer the digest towards a stored one.
 */
export function hashApiKey(key: string): string {
  return digestOf(key);
}

/** The parts of a request that may carry a key. */
export interface ApiKeyCarrier {
  headers: Record<string, string | string[] | undefined>;
  query?: unknown;
}

/**
 * The API key of a request: `X-Api-Key`, else `Authorization: Bearer`, else `?key=` (contract: account-pool,
 * authentication). Only what looks like a key made with this prefix counts, so that an operator's Bearer token
 * may stand beside a key.
 */
export function apiKeyFrom(request: ApiKeyCarrier, prefix: string): string | undefined {
  const { 'x-api-key': header, authorization } = request.headers;
  const bearer = typeof authorization === 'string' ? credentialsFrom(authorization) : undefined;
  const inQuery = (request.query as { key?: unknown } | undefined)?.key;
  return [header, bearer, inQuery].find((given): given is string => isApiKey(given, prefix));
}

function isApiKey(given: unknown, prefix: string): boolean {
  return (
    typeof given === 'string' &&
    given.startsWith(prefix) &&
    /^[A-Za-z0-9_-]{43}$/.test(given.slice(prefix.length))
  );
}

/** What is stored of a key as far as using it goes. */
export interface ApiKeyGrant {
  scopes: readonly string[];
  expiresAt?: Date | null | undefined;
  revokedAt?: Date | null | undefined;
}

/** Whether a stored key may still be used at all. */
export function isLive(grant: ApiKeyGrant, now: number = Date.now()): boolean {
  return !grant.revokedAt && (!grant.expiresAt || grant.expiresAt.getTime() > now);
}

/** Whether a stored key may be used for this. No scope implies another, `admin` neither. */
export function hasScope(grant: ApiKeyGrant, scope: string): boolean {
  return grant.scopes.includes(scope);
}
