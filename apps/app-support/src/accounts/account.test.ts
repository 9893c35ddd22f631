import { describe, expect, it } from 'vitest';
import { parseAccount } from './account.ts';

describe('an account', () => {
  it.each([
    [{ account: '18656660930' }, '+8618656660930', '86', '18656660930'],
    [{ area: '86', account: '186 5666 0930' }, '+8618656660930', '86', '18656660930'],
    [{ area: '+86', account: '+8618656660930' }, '+8618656660930', '86', '18656660930'],
    [{ area: '0086', account: '18656660930' }, '+8618656660930', '86', '18656660930'],
    [{ area: '', account: '18656660930' }, '+8618656660930', '86', '18656660930'],
    [{ area: '1', account: '2025550123' }, '+12025550123', '1', '2025550123'],
    [{ area: '44', account: '07911 123456' }, '+447911123456', '44', '7911123456'],
    [{ account: '+447911123456' }, '+447911123456', '44', '7911123456'],
    [{ account: '008618656660930' }, '+8618656660930', '86', '18656660930'],
    [{ account: '+008618656660930' }, '+8618656660930', '86', '18656660930'],
    [{ account: '8618656660930' }, '+8618656660930', '86', '18656660930'],
    [{ account: '１８６５６６６０９３０' }, '+8618656660930', '86', '18656660930'],
  ])('%j is the phone %s', (input, address, area, phone) => {
    expect(parseAccount(input)).toEqual({ channel: 'sms', address, area, phone, email: '' });
  });

  it('with an @ is a mail address, whatever the case', () => {
    expect(parseAccount({ area: '1', account: 'Ada@Example.com' })).toEqual({
      channel: 'email',
      address: 'ada@example.com',
      area: '1',
      phone: '',
      email: 'ada@example.com',
    });
  });

  it.each([
    { account: '123' },
    { account: 'ada' },
    { account: 'ada@' },
    { account: 'a b@example.com' },
    { account: 'ada@example.com\r\nBcc: x@example.com' },
    { area: '999', account: '18656660930' },
    { area: '1', account: '+8618656660930' },
    { account: '186566609301234567' },
    { account: 'tel:18656660930;ext=5' },
    // A landline, and a mobile with a digit too few: neither receives a code.
    { account: '02512345678' },
    { account: '1381234567' },
  ])('%j is none', (input) => {
    expect(() => parseAccount(input)).toThrow(expect.objectContaining({ code: 'invalid_params' }));
  });
});
