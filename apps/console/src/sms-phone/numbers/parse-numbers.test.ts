import { expect, it } from 'vitest';
import { parseNumbers } from './parse-numbers.ts';

it('reads phone, carrier, kind and note, with defaults for what is left out', () => {
  expect(parseNumbers(['13812345678', '13812345679;2;2;desk, left'])).toEqual([
    { phone: '13812345678', carrier_type: '1', number_type: '1' },
    { phone: '13812345679', carrier_type: '2', number_type: '2', note: 'desk, left' },
  ]);
});
