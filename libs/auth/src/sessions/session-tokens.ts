import { createHmac, randomBytes } from 'node:crypto';
import { digestOf, type NamedSecret } from '../secrets.ts';

/*
 * An opaque token has 50 letters and digits (contract: app-support, tokens): 22 that find the session (131 random
 * bits), 28 that prove the right to it (166). All tokens of a session share the first part, so that a token which is
 * long used up still names the family that its reuse must end, and one index finds them all.
 */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const locatorLength = 22;
const proofLength = 28;
const wellFormed = new RegExp(`^[A-Za-z0-9]{${locatorLength + proofLength}}$`);

/** The session a token belongs to: the digest of its first part, which tells nothing about the tokens. */
export function sessionIdOf(token: string): string | undefined {
  return wellFormed.test(token) ? digestOf(token.slice(0, locatorLength)).slice(0, 32) : undefined;
}

/** The first refresh token of a new session. */
export function newRefreshToken(): string {
  return letters(randomBytes(64), locatorLength) + letters(randomBytes(64), proofLength);
}

/**
 * The refresh token that follows another. It is derived, not drawn: when the answer to a refresh was lost, the same
 * answer can be given again, though only digests are stored. Without the secret nobody gets from one to the next.
 */
export function successorOf(refreshToken: string, { secret }: NamedSecret): string {
  return derive('refresh', refreshToken, secret);
}

/** The access token that is given out together with a refresh token. */
export function accessTokenOf(refreshToken: string, { secret }: NamedSecret): string {
  return derive('access', refreshToken, secret);
}

function derive(kind: 'refresh' | 'access', refreshToken: string, secret: string): string {
  const digest = createHmac('sha512', secret).update(`${kind}:${refreshToken}`).digest();
  return refreshToken.slice(0, locatorLength) + letters(digest, proofLength);
}

/**
 * Letters and digits from random bytes, all equally likely: the bytes are read as one large number, of which far
 * more bits are there than are used.
 */
function letters(bytes: Buffer, length: number): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  while (text.length < length) {
    text += alphabet.charAt(Number(rest % 62n));
    rest /= 62n;
  }
  return text;
}
