import { testStores } from '@portico/testing';
import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { operator, startService, type Ask, type Customer, type Service } from '../testing/support.ts';
import { sha256Of } from './sha256.ts';

const stores = testStores();
let service: Service;
let customer: Customer;
let operate: Ask;
beforeAll(async () => {
  service = await startService(stores);
  customer = await service.newCustomer();
  operate = await service.operate();
});
afterAll(() => service.close());

interface Contract {
  id: string;
  is_signed: boolean;
  content_html: string;
}
const text = '# 合同正文\n\n这里是 Markdown 格式的合同内容……';
const create = async (content_markdown = text, owner_email = customer.email) =>
  (
    await operate<Contract>('POST', '/api/admin/contracts', {
      owner_email,
      title: '云服务合同(2025版)',
      content_markdown,
    })
  ).body;
const sign = (id: string, is_signed: unknown, ask = customer.ask) =>
  ask('PATCH', `/api/contracts/${id}/sign-status`, { is_signed });
const events = async (id: string) =>
  (
    await operate<{ total: number; items: Record<string, unknown>[] }>(
      'GET',
      `/api/admin/contracts/${id}/events`,
    )
  ).body;

describe('a contract', () => {
  it('is made by an operator for a customer', async () => {
    const contract = await create();
    expect(contract).toMatchObject({
      owner_email: customer.email,
      title: '云服务合同(2025版)',
      content_markdown: text,
      content_html: '<h1>合同正文</h1>\n<p>这里是 Markdown 格式的合同内容……</p>\n',
      is_signed: false,
      updated_at: null,
    });
    expect((await customer.ask('GET', `/api/contracts/${contract.id}`)).body).toEqual(contract);
    const mine = await customer.ask<{ total: number; items: Contract[] }>(
      'GET',
      '/api/contracts/me?skip=0&limit=10',
    );
    expect(mine.body.items).toContainEqual(contract);
    const nobody = { owner_email: 'nobody@example.com', title: 'x', content_markdown: 'x' };
    expect(await operate('POST', '/api/admin/contracts', nobody)).toMatchObject({ status: 422 });
  });

  it('is signed and withdrawn; each leaves evidence of the text that was there', async () => {
    const { id } = await create();
    expect(await sign(id, true)).toMatchObject({ status: 200, body: { is_signed: true } });
    expect(await sign(id, true)).toMatchObject({ status: 200, body: { is_signed: true } });
    expect(await sign(id, false)).toMatchObject({ status: 200, body: { is_signed: false } });
    const { total, items } = await events(id);
    expect(total).toBe(3);
    expect(items.map((event) => event['is_signed'])).toEqual([false, true, true]);
    expect(items[0]).toMatchObject({
      user_id: customer.id,
      email: customer.email,
      ip: '127.0.0.1',
      user_agent: 'node',
      sha256: sha256Of(text),
    });
    expect(await sign(id, 'yes')).toMatchObject({ status: 422 });
    expect(await customer.ask('PATCH', `/api/contracts/${id}/sign-status`)).toMatchObject({ status: 422 });
  });

  it('may be signed by operators, who are named', async () => {
    const { id } = await create();
    expect(await sign(id, true, operate)).toMatchObject({ status: 200 });
    expect((await events(id)).items).toMatchObject([{ email: operator.email }]);
  });

  it('is frozen while it is signed', async () => {
    const { id } = await create();
    const path = `/api/admin/contracts/${id}`;
    expect(await operate('PUT', path, { content_markdown: '新' })).toMatchObject({
      status: 200,
      body: { content_markdown: '新', title: '云服务合同(2025版)' },
    });
    await sign(id, true);
    expect((await events(id)).items).toMatchObject([{ sha256: sha256Of('新') }]);
    expect(await operate('PUT', path, { content_markdown: '更新' })).toMatchObject({ status: 400 });
    expect(await operate('PUT', path, { title: 'x' })).toMatchObject({ status: 400 });
    expect(await operate('DELETE', path)).toMatchObject({ status: 400 });
    await sign(id, false);
    expect(await operate('DELETE', path)).toMatchObject({ status: 204 });
    expect(await customer.ask('GET', `/api/contracts/${id}`)).toMatchObject({
      status: 404,
      body: { detail: '合同不存在' },
    });
  });

  it('whose text changes while it is signed has evidence of what was signed', async () => {
    const { id } = await create();
    const path = `/api/admin/contracts/${id}`;
    const changes = Array.from({ length: 10 }, (_, n) =>
      operate('PUT', path, { content_markdown: `第 ${n} 版` }),
    );
    await Promise.all([...changes, sign(id, true)]);
    const { body } = await operate<{ content_markdown: string }>('GET', `/api/contracts/${id}`).then(
      async (own) =>
        own.status === 200 ? own : customer.ask<{ content_markdown: string }>('GET', `/api/contracts/${id}`),
    );
    expect((await events(id)).items[0]).toMatchObject({ sha256: sha256Of(body.content_markdown) });
  });

  it('with scripts in it is harmless', async () => {
    const { content_html } = await create(
      '<script>alert(1)</script>\n\n[x](javascript:alert(1))<img src=x onerror=alert(1)>',
    );
    expect(content_html).not.toMatch(/script|onerror/);
  });

  it.each([
    ['quotes in quotes', `${'> '.repeat(2000)}x`],
    ['lists in lists', `${'1. '.repeat(2000)}x`],
    ['references that grow', `[a]: ${'u'.repeat(100_000)}\n\n${'[a] '.repeat(25_000)}`],
  ])('is refused before it is stored when its text is made of %s', async (_, hostile) => {
    const { id } = await create();
    const before = (await operate('GET', '/api/admin/contracts')).body['total'];
    const fields = { owner_email: customer.email, title: 'x', content_markdown: hostile };
    expect(await operate('POST', '/api/admin/contracts', fields)).toMatchObject({ status: 422 });
    const update = await operate('PUT', `/api/admin/contracts/${id}`, { content_markdown: hostile });
    expect(update).toMatchObject({ status: 422 });
    expect((await operate('GET', '/api/admin/contracts')).body['total']).toBe(before);
    expect((await customer.ask('GET', `/api/contracts/${id}`)).body['content_markdown']).toBe(text);
    expect(await customer.ask('GET', '/api/contracts/me')).toMatchObject({ status: 200 });
  });

  it('answers at once what others ask while an expensive text is rendered', async () => {
    const slow = create('_a__ '.repeat(10_000));
    const [first] = await Promise.all([customer.ask('GET', '/api/contracts/me'), slow]);
    expect(first).toMatchObject({ status: 200 });
    expect((await slow).content_html).toContain('<p>');
  });

  it('of an earlier version is shown as text until an instance has rendered it', async () => {
    const ids = [await create('**fett**'), await create('x')].map(({ id }) => new ObjectId(id));
    const contracts = service.database.collection('contracts');
    await contracts.updateMany({ _id: { $in: ids } }, { $unset: { contentHtml: 1 } });
    const hostile = `${'> '.repeat(2000)}x`;
    await contracts.updateOne({ _id: ids[1] }, { $set: { contentMarkdown: hostile } });
    const html = async (id = ids[0]) =>
      (await customer.ask('GET', `/api/contracts/${String(id)}`)).body['content_html'];
    expect(await html()).toBe('<pre>**fett**</pre>\n');
    await service.another();
    await vi.waitFor(
      async () => expect(await contracts.countDocuments({ contentHtml: { $exists: false } })).toBe(0),
      { timeout: 120_000, interval: 20 },
    );
    expect(await html()).toBe('<p><strong>fett</strong></p>\n');
    expect(await html(ids[1])).toMatch(/^<pre>&gt; &gt; /);
  });

  it('is found by operators', async () => {
    const other = await service.newCustomer();
    const { id } = await create('独一无二的条款', other.email);
    const list = async (query: string) => (await operate('GET', `/api/admin/contracts?${query}`)).body;
    expect(await list('q=独一无二')).toMatchObject({ total: 1, items: [{ id }] });
    expect(await list(`owner_email=${other.email}`)).toMatchObject({ total: 1, items: [{ id }] });
  });

  it.each([
    'q=%00',
    'q=a%00b',
    'created_from=0000-01-01T00:00:00Z',
    'created_to=9999-12-31T23:59:59-12:00',
    'created_to=0000-01-01',
  ])('returns 422 when operators search by %s', async (query) => {
    expect(await operate('GET', `/api/admin/contracts?${query}`)).toMatchObject({ status: 422 });
  });
});
