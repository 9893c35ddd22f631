import { expect, it } from 'vitest';
import { lookUps } from './look-ups.ts';

it('offers an account for a number', () => {
  expect(lookUps(' 42 ')).toContainEqual({
    title: 'palette.account',
    path: '/account-pool/accounts?open=42',
  });
});

it('offers nothing for words', () => {
  expect(lookUps('hello')).toEqual([]);
});
