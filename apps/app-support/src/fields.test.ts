import { describe, expect, it } from 'vitest';
import { flexibleBoolean, idListField } from './fields.ts';

describe('a list of ids', () => {
  const ids = idListField('push_ids');

  it.each([
    ['[1,2,3]', [1, 2, 3]],
    ['1,2,3', [1, 2, 3]],
    [' [ 1 , 2 ] ', [1, 2]],
    [
      ['1', '2', '2'],
      [1, 2],
    ],
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
    [
      ['1,2', '[3]'],
      [1, 2, 3],
    ],
    [7, [7]],
    ['7', [7]],
    ['', []],
    ['[]', []],
    [[], []],
  ])('%j is %j', (given, expected) => expect(ids.parse(given)).toEqual(expected));

  it.each([
    ['a'],
    ['1,a'],
    ['1.5'],
    ['-1'],
    [1.5],
    [null],
    [{ $ne: null }],
    [[{ $ne: null }]],
    ['[1'],
    [[[1]]],
  ])('%j is none', (given) => expect(ids.safeParse(given).success).toBe(false));

  it('has at most 1,000', () => {
    const list = Array.from({ length: 1001 }, (_, index) => index + 1);
    expect(ids.safeParse(list.slice(0, 1000)).success).toBe(true);
    expect(ids.safeParse(list).success).toBe(false);
    expect(ids.safeParse(list.join()).success).toBe(false);
  });
});

describe('a switch', () => {
  const field = flexibleBoolean('switch');
  it.each([
    [true, true],
    ['true', true],
    ['1', true],
    [1, true],
    [false, false],
    ['false', false],
    [0, false],
  ])('takes %j', (given, expected) => expect(field.parse(given)).toBe(expected));
  it.each([['yes'], [2], [null], [undefined], [{}]])('refuses %j', (given) =>
    expect(field.safeParse(given).success).toBe(false),
  );
});
