import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { NamedSecret } from '../secrets.ts';
import { keyIdOf, verifiedPayload, type IssuedToken } from './user-tokens.ts';

export interface SecretTokensOptions {
  /** The first signs, all verify: put a new one first and keep the old one for as long as a token lives. */
  secrets: readonly NamedSecret[];
  issuer: string;
  audience: string;
  /** Seconds. */
  lifetime: number;
  now?: () => number;
}

export interface SecretTokenClaims {
  subject: string;
  /** Counts up with every event that ends earlier tokens: compare it with the user's. */
  version: number;
}

export interface SecretTokens {
  issue(claims: SecretTokenClaims): IssuedToken;
  /** The claims of a token that is genuine, ours and not expired; undefined for everything else. */
  verify(token: string): SecretTokenClaims | undefined;
}

const claimsSchema = z.object({ sub: z.string().min(1), ver: z.int(), exp: z.int() });

/** HS256 tokens that a service signs for its own users alone (document 002 shows them for sms-phone). */
export function createSecretTokens(options: SecretTokensOptions): SecretTokens {
  const { secrets, issuer, audience, lifetime, now = Date.now } = options;
  const [current] = secrets;
  if (!current) throw new Error('tokens need a secret');
  return {
    issue({ subject, version }) {
      const issuedAt = Math.floor(now() / 1000);
      const token = jwt.sign({ ver: version, iat: issuedAt, exp: issuedAt + lifetime }, current.secret, {
        algorithm: 'HS256',
        keyid: current.id,
        issuer,
        audience,
        subject,
      });
      return { token, expiresIn: lifetime };
    },
    verify(token) {
      const keyId = keyIdOf(token);
      const secret = secrets.find(({ id }) => id === keyId)?.secret;
      if (secret === undefined) return undefined;
      const payload = verifiedPayload(token, secret, { algorithms: ['HS256'], issuer, audience, now });
      const claims = claimsSchema.safeParse(payload);
      return claims.success ? { subject: claims.data.sub, version: claims.data.ver } : undefined;
    },
  };
}
