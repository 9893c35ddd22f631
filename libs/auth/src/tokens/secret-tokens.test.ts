import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { createSecretTokens } from '../index.ts';

const started = Date.UTC(2025, 0, 1);
let time = started;
const options = {
  secrets: [{ id: 's1', secret: 'the first secret of this test, long' }],
  issuer: 'portico/sms-phone',
  audience: 'portico/sms-phone',
  lifetime: 86_400,
  now: () => time,
};
const tokens = createSecretTokens(options);
const claims = { subject: 'alice', version: 2 };
const { token, expiresIn } = tokens.issue(claims);

/** A token signed with the current secret, with any payload and header. */
function forge(payload: object, keyid = 's1', algorithm: jwt.Algorithm = 'HS256'): string {
  return jwt.sign({ iat: started / 1000, ...payload }, 'the first secret of this test, long', {
    algorithm,
    keyid,
  });
}
const wellFormed = {
  iss: options.issuer,
  aud: options.audience,
  sub: 'alice',
  ver: 2,
  exp: started / 1000 + 60,
};

describe('a token under a secret', () => {
  it('tells whose it is and in which version', () => {
    expect(expiresIn).toBe(86_400);
    expect(tokens.verify(token)).toEqual(claims);
    expect(tokens.verify(forge(wellFormed))).toEqual(claims);
  });

  it('expires', () => {
    time = started + 86_410_000;
    expect(tokens.verify(token)).toBeUndefined();
    time = started;
  });

  it('outlives a new secret, until the old one is taken away', () => {
    const next = { id: 's2', secret: 'the second secret of this test, long' };
    const rotated = createSecretTokens({ ...options, secrets: [next, ...options.secrets] });
    expect(rotated.verify(token)).toEqual(claims);
    expect(jwt.decode(rotated.issue(claims).token, { complete: true })?.header.kid).toBe('s2');
    expect(createSecretTokens({ ...options, secrets: [next] }).verify(token)).toBeUndefined();
  });

  const { exp: _exp, ...unending } = wellFormed;
  it.each([
    ['of another service', createSecretTokens({ ...options, issuer: 'x' }).issue(claims).token],
    ['for another audience', createSecretTokens({ ...options, audience: 'x' }).issue(claims).token],
    ['under another algorithm', forge(wellFormed, 's1', 'HS512')],
    ['with an unknown key id', forge(wellFormed, 's9')],
    ['without an expiry', forge(unending)],
    ['with an altered signature', token.slice(0, -4) + (token.endsWith('AAAA') ? 'BBBB' : 'AAAA')],
    ['of nothing', ''],
  ])('%s is refused', (_case, refused) => {
    expect(tokens.verify(refused)).toBeUndefined();
  });
});
