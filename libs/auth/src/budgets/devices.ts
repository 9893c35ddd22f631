import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { RequestContext } from '@portico/service';
import { keyedDigest, type NamedSecret } from '../secrets.ts';

/** The parts of a request that a device shows its token in, and of an answer that gives it one. */
export type DeviceContext = Pick<RequestContext, 'request' | 'header'>;

export interface Devices {
  /** Whether the request comes from a device that signed in to the account before. */
  knows(account: string, context: DeviceContext): boolean;
  /** Gives the device a token: as a cookie for browsers, and in `X-Device-Token` for other clients to keep. */
  remember(account: string, context: DeviceContext): void;
}

const lifetimeSeconds = 180 * 86_400;
const header = 'x-device-token';

/**
 * Devices that signed in to an account before. A token opens nothing: guesses from its device have a budget of their
 * own, which strangers cannot use up. It is signed for one account of one service and names neither.
 *
 * @param secrets the first signs, all verify
 */
export function createDevices({
  service,
  secrets,
  now = Date.now,
}: {
  service: string;
  secrets: readonly NamedSecret[];
  now?: () => number;
}): Devices {
  const cookie = `device-${service}`;
  const signature = (secret: string, account: string, nonce: string, expires: string) =>
    keyedDigest(secret, 'device', service, account, nonce, expires);

  return {
    knows(account, { request }) {
      const given = request.headers[header] ?? cookieOf(request.headers.cookie, cookie);
      if (typeof given !== 'string' || given.length > 256) return false;
      const [id, nonce, expires, mac] = given.split('.');
      const secret = secrets.find((one) => one.id === id)?.secret;
      if (secret === undefined || nonce === undefined || expires === undefined || mac === undefined)
        return false;
      const expected = signature(secret, account, nonce, expires);
      const signed = Buffer.from(mac, 'base64url');
      return (
        signed.length === expected.length &&
        timingSafeEqual(signed, expected) &&
        Number(expires) * 1000 > now()
      );
    },
    remember(account, context) {
      const [current] = secrets;
      if (!current) throw new Error('devices need a secret');
      const nonce = randomBytes(12).toString('base64url');
      const expires = String(Math.floor(now() / 1000) + lifetimeSeconds);
      const mac = signature(current.secret, account, nonce, expires).toString('base64url');
      const token = `${current.id}.${nonce}.${expires}.${mac}`;
      const secure = context.request.headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
      context.header(
        'Set-Cookie',
        `${cookie}=${token}; Path=/; Max-Age=${lifetimeSeconds}; HttpOnly; SameSite=Strict${secure}`,
      );
      context.header('X-Device-Token', token);
    },
  };
}

function cookieOf(cookies: string | undefined, name: string): string | undefined {
  for (const pair of cookies?.split(';') ?? []) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}
