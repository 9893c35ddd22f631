import { expect, it } from 'vitest';
import { createPhones, shownPhone } from './phones.ts';

const phones = createPhones('CN');

it.each([
  ['10690000', '10690000'],
  ['+8610690000', '10690000'],
  ['1069000012', '1069000012'],
  ['8695588', '95588'],
  ['+86 137 0000 1028', '+8613700001028'],
  ['12025550100', '+12025550100'],
  [' AMAZON ', 'AMAZON'],
  ['whatsapp:+8613700001028', 'whatsapp:+8613700001028'],
])('keeps the sender %j as %s', (text, sender) => expect(phones.sender(text)).toBe(sender));

it.each([
  ['13700001028', '+8613700001028'],
  ['+12025550100', '+12025550100'],
  ['02512345678', undefined],
  ['1381234567', undefined],
  ['95588', undefined],
])('takes %j for the receiver %s', (text, receiver) => expect(phones.receiver(text)).toBe(receiver));

it.each([
  ['+8613700001028', '13700001028'],
  ['+12025550100', '+12025550100'],
  ['+862512345678', '+862512345678'],
  ['10690000', '10690000'],
])('writes %s as %s', (canonical, shown) => expect(shownPhone(canonical)).toBe(shown));

it.each(['0086 137 0000 1028', '13700001028', '1370000', '+861370000', '00861370000', '0000-1028', '1028'])(
  'finds the number by %j',
  (text) => {
    const searched = phones.searched(text);
    const found = '+8613700001028';
    expect(typeof searched === 'string' ? searched === found : searched.test(found)).toBe(true);
  },
);
