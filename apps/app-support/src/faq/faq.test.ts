import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSupport, type Support } from '../testing/support.ts';

const stores = testStores();
let support: Support;
let token: string;
beforeAll(async () => {
  support = await startSupport(stores);
  token = (await support.newUser()).token;
});
afterAll(() => support.close());

interface Faq {
  id: number;
  title: string;
}
interface Page {
  total: number;
  pages: number;
  current_page: number;
  page_size: number;
  data: Faq[];
}
const create = async (title: string, more: object = {}) =>
  (await support.operate<Faq>('POST', '/faq', { title, content: '内容', ...more })).data;

describe('FAQ', () => {
  it('is published by operators and read by users', async () => {
    const { id } = await create('标题', { category: '账号', external_link: 'https://example.com/faq' });
    const shown = await support.ask('GET', `/api/faq/${id}`, token);
    expect(shown).toMatchObject({
      code: 0,
      message: 'success',
      data: { id, app_id: '', title: '标题', content: '内容', category: '账号' },
    });
    const changed = await support.operate('PUT', `/faq/${id}`, { title: '新标题', external_link: '' });
    expect(changed.data).toMatchObject({ title: '新标题', content: '内容', external_link: '' });
    expect((await support.operate('DELETE', `/faq/${id}`)).code).toBe(0);
    expect(await support.ask('GET', `/api/faq/${id}`, token)).toMatchObject({
      code: 10001,
      message: '数据未查到',
      data: {},
    });
  });

  it('is listed in its order, page by page', async () => {
    for (const [title, position] of [
      ['c', 2],
      ['a', 1],
      ['b', 1],
    ] as const)
      await create(title, { position });
    const page = async (query: string) => (await support.ask<Page>('GET', `/api/faq?${query}`, token)).data;
    const first = await page('page_no=1&page_size=2');
    expect(first).toMatchObject({ total: 3, pages: 2, current_page: 1, page_size: 2 });
    expect(first.data.map(({ title }) => title)).toEqual(['b', 'a']);
    expect((await page('page_no=2&page_size=2')).data.map(({ title }) => title)).toEqual(['c']);
    expect(await page('page_no=9&page_size=2')).toMatchObject({ total: 3, pages: 2, data: [] });
    expect(await page('')).toMatchObject({ current_page: 1, page_size: 20 });
  });

  it.each(['page_size=0', 'page_size=101', 'page_size=ten', 'page_no=0', 'page_no=', 'page_size[$gt]=1'])(
    'refuses %s',
    async (query) => {
      const answer = await support.ask('GET', `/api/faq?${query}`, token);
      // An unknown member is ignored.
      expect(answer.code).toBe(query.includes('$') ? 0 : 10005);
    },
  );

  it.each([
    [{ title: '' }],
    [{ content: ' ' }],
    [{ external_link: 'javascript:alert(1)' }],
    [{ position: -1 }],
    [{ title: 'x'.repeat(201) }],
  ])('is not published: case %#', async (wrong) => {
    const body = { title: '标题', content: '内容', ...wrong };
    expect((await support.operate('POST', '/faq', body)).code).toBe(10005);
  });

  it('is for those who signed in', async () => {
    expect((await support.ask('GET', '/api/faq')).code).toBe(10004);
    expect((await support.operate('GET', '/faq/1')).code).toBe(10002);
    expect((await support.ask('GET', '/api/faq/one', token)).code).toBe(10005);
  });
});
