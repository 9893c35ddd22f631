import { generateKeyPairSync, createHmac } from 'node:crypto';
import { AppError } from '@portico/envelope';
import { plainDialect } from '@portico/envelope/testing';
import { createApp, createLogger, createMetrics, defineRoute, listen, type Listener } from '@portico/service';
import { call } from '@portico/testing';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createTokenIssuer,
  createTokenVerifier,
  operatorAccess,
  publicHalf,
  signingKey,
  verificationKeys,
} from '../index.ts';

function keyPair(namedCurve = 'P-256') {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  };
}

const former = keyPair();
const current = keyPair();
const names = { issuer: 'portico/customer-service', audience: 'portico/customer-service' };
const started = Date.UTC(2025, 0, 1);
let time = started;
const now = () => time;

const issuerWith = (privatePem: string, overrides = {}) =>
  createTokenIssuer({ key: signingKey(privatePem), ...names, lifetime: 1800, now, ...overrides });
const verifier = createTokenVerifier({
  keys: verificationKeys(current.publicPem + former.publicPem),
  ...names,
  now,
});
const admin = { subject: 'u1', role: 'admin', version: 3, email: 'a@example.com', session: 's1' };
const { token } = issuerWith(current.privatePem).issue(admin);

/** A token with any header and payload, signed with the current key. */
function forge(payload: object, header: object = {}): string {
  const key = signingKey(current.privatePem);
  return jwt.sign(JSON.parse(JSON.stringify(payload)) as object, key.key, {
    algorithm: 'ES256',
    header: { alg: 'ES256', kid: key.id, ...header },
  });
}
const seconds = started / 1000;
const wellFormed = {
  iss: names.issuer,
  aud: names.audience,
  sub: 'u1',
  role: 'admin',
  ver: 1,
  iat: seconds,
  exp: seconds + 60,
};

describe('a user token', () => {
  it('tells who, in which role and version, and until when', () => {
    time = started;
    expect(verifier.verify(token)).toEqual({ ...admin, issuedAt: seconds, expiresAt: seconds + 1800 });
    expect(verifier.verify(forge(wellFormed))).toMatchObject({ subject: 'u1', email: undefined });
  });

  it('is accepted from every key of a rotation, and from the issuer by its own public half', () => {
    time = started;
    expect(verifier.verify(issuerWith(former.privatePem).issue(admin).token)).toMatchObject({
      subject: 'u1',
    });
    const own = createTokenVerifier({ keys: [publicHalf(signingKey(current.privatePem))], ...names, now });
    expect(own.verify(token)).toMatchObject({ subject: 'u1' });
  });

  it('expires, with a few seconds for clocks that differ', () => {
    time = started + 1804_000;
    expect(verifier.verify(token)).toBeDefined();
    time = started + 1806_000;
    expect(verifier.verify(token)).toBeUndefined();
    time = started;
  });

  it.each([
    ['of an unknown key', issuerWith(keyPair().privatePem).issue(admin).token],
    ['of another issuer', issuerWith(current.privatePem, { issuer: 'x' }).issue(admin).token],
    ['for another audience', issuerWith(current.privatePem, { audience: 'x' }).issue(admin).token],
    ['without an expiry', forge({ ...wellFormed, exp: undefined })],
    ['without a version', forge({ ...wellFormed, ver: undefined })],
    ['without a subject', forge({ ...wellFormed, sub: undefined })],
    ['without a key id', forge(wellFormed, { kid: undefined })],
    ['with an altered payload', token.replace(/\.[^.]+\./, `.${btoa(JSON.stringify(wellFormed))}.`)],
    ['with a key id that is no text', forge(wellFormed, { kid: { $ne: null } })],
    ['that is no token', 'abc.def'],
    ['of garbage', 'e30.e30.e30'],
    ['of nothing', ''],
  ])('%s is refused', (_case, refused) => {
    time = started;
    expect(verifier.verify(refused)).toBeUndefined();
  });

  it('is refused when it chooses its own algorithm', () => {
    time = started;
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const kid = signingKey(current.privatePem).id;
    const unsigned = `${encode({ alg: 'none', kid })}.${encode(wellFormed)}.`;
    const body = `${encode({ alg: 'HS256', kid })}.${encode(wellFormed)}`;
    const hmac = `${body}.${createHmac('sha256', current.publicPem).update(body).digest('base64url')}`;
    expect(verifier.verify(unsigned)).toBeUndefined();
    expect(verifier.verify(hmac)).toBeUndefined();
  });

  it('is refused by a service that has no key', () => {
    expect(createTokenVerifier({ keys: [], ...names }).verify(token)).toBeUndefined();
  });
});

describe('key material', () => {
  it('is read with real and with escaped line breaks', () => {
    expect(signingKey(current.privatePem.replaceAll('\n', '\\n')).id).toBe(signingKey(current.privatePem).id);
    expect(verificationKeys(`${current.publicPem}${former.publicPem}`.replaceAll('\n', '\\n'))).toHaveLength(
      2,
    );
  });

  it('of another kind is refused at start', () => {
    expect(() => signingKey(keyPair('P-384').privatePem)).toThrow(/P-256/);
    expect(() => verificationKeys(keyPair('P-384').publicPem)).toThrow(/P-256/);
    expect(() => verificationKeys(current.privatePem)).toThrow(/private key/);
    expect(() => verificationKeys('hello')).toThrow(/no PEM block/);
  });
});

describe('an administration endpoint', () => {
  let server: Listener;
  let revoked = false;
  beforeAll(async () => {
    const route = defineRoute({
      method: 'GET',
      path: '/api/admin/whoami',
      summary: 'Who',
      tag: 'test',
      access: operatorAccess({
        verifier,
        isCurrent: ({ version }) => {
          if (version === 99) throw new AppError('unavailable');
          return !revoked;
        },
      }),
      output: z.object({ code: z.literal(0), message: z.string(), data: z.unknown() }),
      errors: ['unauthenticated', 'permission_denied'],
      handle: ({ caller }) => ({ data: { id: caller.id, email: caller.email } }),
    });
    const app = createApp({
      // A dialect that answers outcomes with 200: the refusals must carry their status all the same.
      dialect: plainDialect,
      routes: [route],
      logger: createLogger('test', 'silent'),
      metrics: createMetrics('test'),
      info: { title: 'Test', version: '1', description: '', failure: z.object({}) },
    });
    server = await listen(app, { host: '127.0.0.1', port: 0 });
  });
  afterAll(() => server.close(0));

  const whoami = (bearer?: string) =>
    call(`${server.url}/api/admin/whoami`, {
      headers: bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` },
    });

  it('is open to operators', async () => {
    const { status, body } = await whoami(token);
    expect([status, body['data']]).toEqual([200, { id: 'u1', email: 'a@example.com' }]);
  });

  it('answers 401 without a valid token and 403 to a customer', async () => {
    const customer = issuerWith(current.privatePem).issue({ ...admin, role: 'customer' }).token;
    const answers = [await whoami(), await whoami('nonsense'), await whoami(customer)];
    expect(answers.map(({ status, body }) => [status, body['code']])).toEqual([
      [401, 'unauthenticated'],
      [401, 'unauthenticated'],
      [403, 'permission_denied'],
    ]);
    expect(answers[0]?.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('answers 401 once the token was revoked, and 503 when that cannot be known', async () => {
    revoked = true;
    expect((await whoami(token)).status).toBe(401);
    revoked = false;
    const undecided = issuerWith(current.privatePem).issue({ ...admin, version: 99 }).token;
    expect((await whoami(undecided)).status).toBe(503);
  });
});
