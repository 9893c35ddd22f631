import { describe, expect, it } from 'vitest';
import { apiKeyFrom, hashApiKey, hasScope, isLive, makeApiKey } from '../index.ts';

const { key } = makeApiKey('pk_');
const { key: other } = makeApiKey('pk_');

describe('an API key', () => {
  it('is random, recognisable, and stored as a digest that does not contain it', () => {
    const made = makeApiKey('pk_');
    expect(made.key).toMatch(/^pk_[A-Za-z0-9_-]{43}$/);
    expect(made.key.startsWith(made.hint)).toBe(true);
    expect(made.hint).toHaveLength(11);
    expect(made.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hashApiKey(made.key)).toBe(made.hash);
    expect(makeApiKey('pk_').key).not.toBe(made.key);
  });

  it.each([
    ['the X-Api-Key header', { headers: { 'x-api-key': key } }],
    ['a Bearer token', { headers: { authorization: `bearer ${key}` } }],
    ['the query', { headers: {}, query: { key } }],
    ['a header before the query', { headers: { 'x-api-key': key }, query: { key: other } }],
    [
      'the header beside an operator token',
      { headers: { 'x-api-key': key, authorization: 'Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln' } },
    ],
    [
      'the query beside an operator token',
      { headers: { authorization: 'Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln' }, query: { key } },
    ],
  ])('is taken from %s', (_place, request) => {
    expect(apiKeyFrom(request, 'pk_')).toBe(key);
  });

  it.each([
    ['nothing', { headers: {} }],
    ['another prefix', { headers: { 'x-api-key': key.replace('pk_', 'sk_') } }],
    ['a shortened key', { headers: { 'x-api-key': key.slice(0, -1) } }],
    ['a list in the query', { headers: {}, query: { key: [key] } }],
    ['an operator in the query', { headers: {}, query: { key: { $ne: null } } }],
    ['another scheme', { headers: { authorization: `Basic ${key}` } }],
  ])('is not taken from %s', (_place, request) => {
    expect(apiKeyFrom(request, 'pk_')).toBeUndefined();
  });

  it('opens only its scopes, until it expires or is revoked', () => {
    const now = Date.UTC(2025, 0, 1);
    const grant = { scopes: ['acquire', 'admin'] };
    expect([hasScope(grant, 'acquire'), hasScope(grant, 'export')]).toEqual([true, false]);
    expect(isLive(grant, now)).toBe(true);
    expect(isLive({ ...grant, expiresAt: new Date(now + 1) }, now)).toBe(true);
    expect(isLive({ ...grant, expiresAt: new Date(now) }, now)).toBe(false);
    expect(isLive({ ...grant, revokedAt: new Date(now - 1) }, now)).toBe(false);
  });
});
