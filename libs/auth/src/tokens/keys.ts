import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** A public key and the id that tokens name it by. */
export interface VerificationKey {
  id: string;
  key: KeyObject;
}

/** A private key with the id of its public half. */
export type SigningKey = VerificationKey;

/** @throws when the text is not a P-256 private key in PEM */
export function signingKey(pem: string): SigningKey {
  const key = requireP256(createPrivateKey(unescape(pem)));
  return { id: thumbprint(createPublicKey(key)), key };
}

/**
 * Reads one or several public keys in PEM, one after the other. Several is how keys are rotated: verifiers learn the
 * new one first, then the issuer signs with it, then the old one is taken away.
 *
 * @throws when a block is not a P-256 public key; also for a private key, which a verifier has no business holding
 */
export function verificationKeys(pems: string): VerificationKey[] {
  const blocks = unescape(pems).match(/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?-----END [A-Z0-9 ]+-----/g) ?? [];
  if (blocks.length === 0) throw new Error('no PEM block');
  return blocks.map((block) => {
    if (block.includes('PRIVATE KEY')) throw new Error('a private key where public keys are expected');
    const key = requireP256(createPublicKey(block));
    return { id: thumbprint(key), key };
  });
}

/** The public half of a private key, as the issuer's own verifier needs it. */
export function publicHalf({ id, key }: SigningKey): VerificationKey {
  return { id, key: createPublicKey(key) };
}

/** Environment files hold no line breaks, so `\n` is understood as one. */
function unescape(pem: string): string {
  return pem.replaceAll('\\n', '\n').trim();
}

function requireP256(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Error('not an EC key on the curve P-256, which ES256 needs');
  }
  return key;
}

/** RFC 7638: signer and verifiers derive the same id from the key itself, so nobody has to configure it. */
function thumbprint(key: KeyObject): string {
  const { crv, kty, x, y } = key.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
