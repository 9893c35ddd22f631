import { describe, expect, it } from 'vitest';
import { formatListState, manyOf, oneOf, parseListState, typedText } from './list-state.ts';

const shape = { owner: typedText(), status: manyOf(), kind: oneOf(['a', 'b']) };
const parse = (search: string) => parseListState(shape, new URLSearchParams(search));

describe('parseListState', () => {
  it('takes defaults where the address says nothing', () => {
    expect(parse('')).toEqual({
      page: 1,
      size: 50,
      sort: undefined,
      filters: { owner: undefined, status: [], kind: undefined },
    });
  });

  it('reads filters, order, page and size', () => {
    expect(parse('owner=shop&status=used&status=banned&kind=b&sort=-createdAt&page=3&size=100')).toEqual({
      page: 3,
      size: 100,
      sort: { field: 'createdAt', order: 'desc' },
      filters: { owner: 'shop', status: ['used', 'banned'], kind: 'b' },
    });
  });

  it('drops unknown parameters and takes defaults for wrong values', () => {
    expect(parse('page=0&size=7&kind=z&sort=a%20b&other=1')).toEqual(parse(''));
  });
});

describe('formatListState', () => {
  it('leaves defaults out', () => {
    expect(formatListState(parse('')).toString()).toBe('');
  });

  it('writes what parseListState reads', () => {
    const state = parse('owner=a%26b&status=x&status=y&sort=id&page=2&size=20');
    expect(parse(formatListState(state).toString())).toEqual(state);
  });
});
