import { generateKeyPairSync } from 'node:crypto';
import { signingKey } from '../tokens/keys.ts';
import { createTokenIssuer } from '../tokens/user-tokens.ts';

/** Operators as customer-service makes them: a service under test verifies their tokens with the public key. */
export function testOperators() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = 'portico/customer-service';
  const tokens = createTokenIssuer({
    key: signingKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
    issuer,
    audience: issuer,
    lifetime: 1800,
  });
  return {
    /** For `OPERATOR_PUBLIC_KEYS`. */
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    /** `Authorization` of an operator, or of a customer of customer-service. */
    authorization: (role: 'admin' | 'user' = 'admin', subject = 'operator-1') =>
      `Bearer ${tokens.issue({ subject, role, version: 1, email: 'op@example.com' }).token}`,
  };
}
