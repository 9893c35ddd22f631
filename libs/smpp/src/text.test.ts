import { describe, expect, it } from 'vitest';
import { messageOf } from './message.ts';
import type { Delivered } from './pdu.ts';
import { isMessage, receiptOf } from './receipt.ts';
import { alphabetOf, decodeText } from './text.ts';

const delivered = (given: Partial<Delivered>): Delivered => ({
  source: '1',
  destination: '2',
  esmClass: 0,
  dataCoding: 0,
  body: Buffer.alloc(0),
  parameters: new Map(),
  ...given,
});
const big = (text: string) => Buffer.from(text, 'utf16le').swap16();

it.each([
  [0x00, 'gsm'],
  [0x01, 'ascii'],
  [0x03, 'latin1'],
  [0x08, 'ucs2'],
  [0x11, 'gsm'],
  [0x18, 'ucs2'],
  [0x19, 'ucs2'],
  [0xc8, 'gsm'],
  [0xd0, 'gsm'],
  [0xe0, 'ucs2'],
  [0xef, 'ucs2'],
  [0xf0, 'gsm'],
  [0xf3, 'gsm'],
  [0xf5, 'binary'],
])('reads data coding %i as %s', (coding, alphabet) => expect(alphabetOf(coding)).toBe(alphabet));

describe('a text', () => {
  it.each([
    ['IA5', 1, Buffer.from('code 1234 for me@example.com_$'), 'code 1234 for me@example.com_$'],
    ['GSM with an escape', 0, Buffer.from([0x1b, 0x65, 0x35]), '€5'],
    ['GSM that ends in an escape', 0, Buffer.from([0x35, 0x1b]), '5'],
    ['UCS-2', 8, big('码😀'), '码😀'],
    ['UCS-2, little-endian with its mark', 8, Buffer.from('\ufeff码1', 'utf16le'), '码1'],
    ['UCS-2, big-endian with its mark', 8, big('\ufeff码1'), '码1'],
    ['UCS-2 of a message class', 0x18, big('码'), '码'],
    ['Cyrillic', 6, Buffer.from([0xba, 0xde, 0xd4]), 'Код'],
    ['UTF-8 in binary', 4, Buffer.from('码 1'), '码 1'],
    ['Latin-1', 3, Buffer.from([0xe9]), 'é'],
  ])('of %s is decoded', (_name, coding, bytes, text) => expect(decodeText(bytes, coding)).toBe(text));
});

it.each([
  [
    'a reference of 8 bits',
    { esmClass: 0x40, body: Buffer.from([5, 0, 3, 7, 3, 2, 0x41]) },
    { reference: 7, total: 3, place: 2 },
  ],
  [
    'a reference of 16 bits',
    { esmClass: 0x40, body: Buffer.from([6, 8, 4, 1, 2, 3, 2, 0x41]) },
    { reference: 258, total: 3, place: 2 },
  ],
  ['part 4 of 3', { esmClass: 0x40, body: Buffer.from([5, 0, 3, 7, 3, 4, 0x41]) }, undefined],
  ['a cut element', { esmClass: 0x40, body: Buffer.from([3, 0, 3, 7, 0x41]) }, undefined],
  ['a header longer than the message', { esmClass: 0x40, body: Buffer.from([200, 0x41]) }, undefined],
  [
    'parameters',
    {
      body: Buffer.from('A'),
      parameters: new Map([
        [0x20c, Buffer.from([0, 9])],
        [0x20e, Buffer.from([2])],
        [0x20f, Buffer.from([1])],
      ]),
    },
    { reference: 9, total: 2, place: 1 },
  ],
  [
    'a parameter of the wrong length',
    { body: Buffer.from('A'), parameters: new Map([[0x20c, Buffer.from([9])]]) },
    undefined,
  ],
])('reads the place of a part by %s', (_name, given, part) => {
  expect(messageOf(delivered(given)).part).toEqual(part);
});

const parameters = (id: string, state: number) =>
  new Map([
    [0x1e, Buffer.from(`${id}\0`)],
    [0x427, Buffer.from([state])],
  ]);
it.each([
  [
    'text',
    { esmClass: 4, body: Buffer.from('id:0012 stat:UNDELIV err:034 text:') },
    { messageId: '0012', state: 'UNDELIV', code: '034' },
  ],
  [
    'ASCII under coding 8',
    { esmClass: 4, dataCoding: 8, body: Buffer.from('id:12 stat:DELIVRD err:000') },
    { messageId: '12', state: 'DELIVRD', code: '000' },
  ],
  [
    'UCS-2',
    { esmClass: 4, dataCoding: 8, body: big('id:12 stat:DELIVRD err:000') },
    { messageId: '12', state: 'DELIVRD', code: '000' },
  ],
  [
    'parameters alone',
    { esmClass: 4, parameters: parameters('12', 5) },
    { messageId: '12', state: 'UNDELIV' },
  ],
  [
    'parameters without the class',
    { parameters: parameters('12', 2) },
    { messageId: '12', state: 'DELIVRD' },
  ],
])('reads a receipt as %s', (_name, given, receipt) => {
  expect(isMessage(delivered(given))).toBe(false);
  expect(receiptOf(delivered(given))).toMatchObject(receipt);
});
