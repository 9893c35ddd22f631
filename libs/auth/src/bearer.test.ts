import { describe, expect, it } from 'vitest';
import { credentialsFrom, sameSecret } from './index.ts';

describe('the Authorization header', () => {
  it.each([
    ['Bearer abc.def-_~+/=', 'abc.def-_~+/='],
    ['bearer   abc ', 'abc'],
    ['BEARER\tabc', 'abc'],
  ])('%j carries a token', (header, token) => {
    expect(credentialsFrom(header)).toBe(token);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'abc',
    'Bearer a b',
    'Bearer ü',
    'Token abc',
    'Bearer,abc',
    `Bearer ${'a'.repeat(5000)}`,
  ])('%j carries none', (header) => {
    expect(credentialsFrom(header)).toBeUndefined();
  });

  it('may use the scheme Token where a service says so', () => {
    expect(credentialsFrom('Token abc', ['Bearer', 'Token'])).toBe('abc');
    expect(credentialsFrom('Bearer abc', ['Bearer', 'Token'])).toBe('abc');
  });
});

describe('comparing secrets', () => {
  it('accepts equal ones only, of any length', () => {
    expect(sameSecret('a', 'a')).toBe(true);
    expect(sameSecret('a', 'b')).toBe(false);
    expect(sameSecret('a', 'aa')).toBe(false);
    expect(sameSecret('', '')).toBe(true);
  });
});
