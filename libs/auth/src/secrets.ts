import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A secret with the id that stored values and tokens name it by, so that secrets can be rotated. */
export interface NamedSecret {
  id: string;
  secret: string;
}

/** The digest under which a random secret (an API key, an opaque token) is stored. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/**
 * A keyed digest over several parts. Lengths are part of what is signed, so that no two lists of parts collide.
 */
export function keyedDigest(key: string, ...parts: readonly string[]): Buffer {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part, 'utf8');
  return hmac.digest();
}

/**
 * Compares two secrets in a time that depends on neither (reliability and security floor). Both are digested first:
 * `timingSafeEqual` needs equal lengths, and returning early for others would tell the length.
 */
export function sameSecret(given: string, expected: string): boolean {
  const digests = [given, expected].map((value) => createHash('sha256').update(value, 'utf8').digest());
  return timingSafeEqual(digests[0] as Buffer, digests[1] as Buffer);
}
