import { describe, expect, it } from 'vitest';
import { amountField, toMoney } from './money.ts';

describe('an amount', () => {
  it.each([
    ['0.01', 1],
    ['0.29', 29],
    ['100', 10_000],
    ['100.5', 10_050],
    [1.1, 110],
    [1_000_000, 100_000_000],
  ])('%s is %i 分', (given, cents) => {
    expect(amountField.parse(given)).toBe(cents);
    expect(toMoney(cents)).toBe(Number(given));
  });

  it.each([
    '0',
    '-1',
    '1.001',
    'NaN',
    'Infinity',
    '1e3',
    '',
    ' ',
    '1000000.01',
    '0x10',
    '1,5',
    NaN,
    Infinity,
    {},
    null,
  ])('%s is none', (given) => expect(amountField.safeParse(given).success).toBe(false));
});
