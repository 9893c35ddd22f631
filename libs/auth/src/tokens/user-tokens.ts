import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { SigningKey, VerificationKey } from './keys.ts';

/** Seconds by which the clocks of two machines may differ. */
export const clockTolerance = 5;

/** What a token of customer-service says of its user. */
export interface UserClaims {
  /** The user's id. */
  subject: string;
  /** `admin` for operators. */
  role: string;
  /** Counts up with every event that ends earlier tokens: password changed, account disabled, role changed. */
  version: number;
  email: string | undefined;
  /** The session it was given out in, where logging out should end it. */
  session?: string | undefined;
  /** Seconds since 1970. */
  issuedAt: number;
  expiresAt: number;
}

export interface TokenSubject {
  subject: string;
  role: string;
  version: number;
  /** Names the operator in the audit trails of the other services. */
  email?: string;
  session?: string;
}

export interface IssuedToken {
  token: string;
  /** Seconds; the documents' `expires_in`. */
  expiresIn: number;
}

export interface TokenIssuer {
  issue(subject: TokenSubject): IssuedToken;
}

export interface TokenVerifier {
  /** The claims of a token that is genuine, ours and not expired; undefined for everything else. */
  verify(token: string): UserClaims | undefined;
}

export interface TokenIssuerOptions {
  key: SigningKey;
  issuer: string;
  audience: string;
  /** Seconds. */
  lifetime: number;
  now?: () => number;
}

export interface TokenVerifierOptions {
  /** None is allowed: then every token is refused. */
  keys: readonly VerificationKey[];
  issuer: string;
  audience: string;
  now?: () => number;
}

/** Signs the tokens of customer-service's users, operators among them, with ES256. */
export function createTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const { key, issuer, audience, lifetime, now = Date.now } = options;
  return {
    issue({ subject, role, version, email, session }) {
      const issuedAt = Math.floor(now() / 1000);
      const payload = { role, ver: version, email, sid: session, iat: issuedAt, exp: issuedAt + lifetime };
      const token = jwt.sign(payload, key.key, {
        algorithm: 'ES256',
        keyid: key.id,
        issuer,
        audience,
        subject,
      });
      return { token, expiresIn: lifetime };
    },
  };
}

const claimsSchema = z.object({
  sub: z.string().min(1),
  role: z.string(),
  ver: z.int(),
  email: z.string().optional(),
  sid: z.string().optional(),
  iat: z.int(),
  // jsonwebtoken takes a token without `exp` for one that never expires.
  exp: z.int(),
});

/** Verifies those tokens with public keys only: every service can, and none but customer-service can make one. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { keys, issuer, audience, now = Date.now } = options;
  return {
    verify(token) {
      const key = keys.find(({ id }) => id === keyIdOf(token))?.key;
      if (!key) return undefined;
      const payload = verifiedPayload(token, key, { algorithms: ['ES256'], issuer, audience, now });
      const claims = claimsSchema.safeParse(payload);
      if (!claims.success) return undefined;
      const { sub, role, ver, email, sid, iat, exp } = claims.data;
      return { subject: sub, role, version: ver, email, session: sid, issuedAt: iat, expiresAt: exp };
    },
  };
}

/** The key id a token names, before anything of it is believed. */
export function keyIdOf(token: string): string | undefined {
  try {
    return jwt.decode(token, { complete: true })?.header.kid;
  } catch {
    // A header that is not JSON: a token of nobody.
    return undefined;
  }
}

interface Expectations {
  /** Pinned: a token does not choose how it is verified. */
  algorithms: jwt.Algorithm[];
  issuer: string;
  audience: string;
  now: () => number;
}

/** The payload of a token that passes, undefined for one that does not. */
export function verifiedPayload(
  token: string,
  key: jwt.Secret,
  { now, ...expectations }: Expectations,
): unknown {
  try {
    return jwt.verify(token, key, {
      ...expectations,
      clockTimestamp: Math.floor(now() / 1000),
      clockTolerance,
    });
  } catch {
    // Why a token was refused is nobody's business but an attacker's.
    return undefined;
  }
}
