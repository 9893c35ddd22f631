import { describe, expect, it } from 'vitest';
import { isRegion, parsePhoneNumber } from './parse.ts';

const china = { region: 'CN' };

describe('one SIM', () => {
  it.each([
    '13700001028',
    '8613700001028',
    '+8613700001028',
    '008613700001028',
    '013700001028',
    '+008613700001028',
    '+86 137 0000 1028',
    '+86-137-0000-1028',
    '(86) 137 0000 1028',
    '+86013700001028',
    '１３７００００１０２８',
    ' 137\u200b0000\u00a01028 ',
  ])('has the same number as %j', (text) => {
    expect(parsePhoneNumber(text, china)).toEqual({
      e164: '+8613700001028',
      callingCode: '86',
      national: '13700001028',
      takesSms: true,
    });
    expect(parsePhoneNumber(text, { callingCode: '86' })?.e164).toBe('+8613700001028');
  });
});

it.each([
  ['12025550100', china, '+12025550100', true],
  ['+44 7911 123456', china, '+447911123456', true],
  ['07911 123456', { region: 'GB' }, '+447911123456', true],
  ['2025550123', { callingCode: '1' }, '+12025550123', true],
  ['13700001028', { region: 'US' }, undefined, false],
  ['02512345678', china, '+862512345678', false],
  ['4008001234', china, '+864008001234', false],
])('reads %s at %j as %s, text messages: %s', (text, home, e164, takesSms) => {
  const number = parsePhoneNumber(text, home);
  expect(number?.e164).toBe(e164);
  expect(number?.takesSms ?? false).toBe(takesSms);
});

it.each([
  '1381234567',
  '134-0000',
  '95588',
  '10690000',
  'AMAZON',
  'whatsapp:+8613700001028',
  'tel:13700001028;ext=5',
  '137000010281234567',
  '',
  '+',
])('finds no number in %j', (text) => expect(parsePhoneNumber(text, china)).toBeUndefined());

it('knows regions by their two letters', () => {
  expect([isRegion('CN'), isRegion('cn'), isRegion('XX')]).toEqual([true, false, false]);
});
