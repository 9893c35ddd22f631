import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operator, startService, type Ask, type Customer, type Service } from '../testing/support.ts';

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

interface Ticket {
  id: string;
  status: string;
  title: string;
  comments: { content: string; author_role: string }[];
}
interface Page {
  total: number;
  items: Ticket[];
}
const body = {
  title: '无法导出财务报表',
  ticket_type: 'financial',
  content: '系统提示"导出失败",请帮忙处理。',
};
const create = async (who = customer, change = {}) =>
  (await who.ask<Ticket>('POST', '/api/tickets', { ...body, ...change })).body;
const reply = (id: string, feedback = '已优化服务器性能,请重试。') =>
  operate<Ticket>('POST', `/api/admin/tickets/${id}/reply`, { feedback });

describe('a ticket', () => {
  it('is made, and the operators are told', async () => {
    const answer = await customer.ask<Ticket>('POST', '/api/tickets', body);
    expect(answer).toMatchObject({
      status: 201,
      body: {
        ...body,
        status: 'pending',
        feedback: null,
        creator_email: customer.email,
        responder_email: null,
        updated_at: null,
        replied_at: null,
      },
    });
    await expect
      .poll(() =>
        service.peer
          .to(operator.email)
          .map(({ template, data }) => [template, (data as { ticketId: string }).ticketId]),
      )
      .toContainEqual(['ticket-received', answer.body.id]);
  });

  it.each([
    [{ title: '' }, 'title'],
    [{ title: 'x'.repeat(201) }, 'title'],
    [{ ticket_type: 'other' }, 'ticket_type'],
    [{ content: '  ' }, ''],
    [{ title: 'a\nBcc: b@example.com' }, 'title'],
    [{ title: 'a\u001b[2J' }, 'title'],
    [{ title: '\u200b\u3164' }, 'title'],
    [{ content: { $gt: '' } }, 'content'],
  ])('with %j is not made', async (change, field) => {
    const answer = await customer.ask<{ detail: string }>('POST', '/api/tickets', { ...body, ...change });
    expect(answer.status).toBe(422);
    expect(answer.body.detail).toContain(field);
  });

  it('has a title without characters that hide or turn around what is read', async () => {
    expect(await create(customer, { title: 'rechnung\u202Efdp.exe\u200B 👩🏽‍💻' })).toMatchObject({
      title: 'rechnungfdp.exe 👩🏽‍💻',
    });
  });

  it('is changed by its creator while it waits', async () => {
    const { id } = await create();
    const updated = await customer.ask('PUT', `/api/tickets/${id}`, { title: '新标题' });
    expect(updated).toMatchObject({ status: 200, body: { title: '新标题', content: body.content } });
    expect(updated.body['updated_at']).toMatch(/Z$/);
    expect(await customer.ask('PUT', `/api/tickets/${id}`, {})).toMatchObject({ status: 422 });
    await reply(id);
    expect(await customer.ask('PUT', `/api/tickets/${id}`, { title: 'x' })).toMatchObject({
      status: 400,
      body: { detail: '工单已被回复,不能再更新' },
    });
  });

  it('is replied to, and its creator is told', async () => {
    const { id } = await create();
    const answer = await reply(id, '请看<附件>');
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'replied', feedback: '请看<附件>', responder_email: operator.email },
    });
    const mine = await customer.ask('GET', `/api/tickets/${id}`);
    expect(mine.body).toEqual(answer.body);
    await expect
      .poll(() => service.peer.to(customer.email).map(({ template, data }) => ({ template, data })))
      .toContainEqual({
        template: 'ticket-replied',
        data: { ticketId: id, title: body.title, reply: '请看<附件>' },
      });
  });

  it('waits again when its creator adds something', async () => {
    const { id } = await create();
    await reply(id);
    const answer = await customer.ask<Ticket>('POST', `/api/tickets/${id}/comments`, {
      content: '问题依然存在',
    });
    expect(answer).toMatchObject({ status: 201, body: { status: 'pending' } });
    expect(answer.body.comments.map(({ author_role, content }) => [author_role, content])).toEqual([
      ['operator', '已优化服务器性能,请重试。'],
      ['customer', '问题依然存在'],
    ]);
  });

  it('is deleted for everybody', async () => {
    const { id } = await create();
    expect(await customer.ask('DELETE', `/api/tickets/${id}`)).toMatchObject({ status: 204, body: '' });
    const gone = { status: 404, body: { detail: '工单不存在' } };
    expect(await customer.ask('GET', `/api/tickets/${id}`)).toMatchObject(gone);
    expect(await customer.ask('DELETE', `/api/tickets/${id}`)).toMatchObject(gone);
    expect(await reply(id)).toMatchObject(gone);
  });

  it.each(['507f1f77bcf86cd799439011', 'nonsense', '%24ne'])('%s does not exist', async (id) => {
    const gone = { status: 404, body: { detail: '工单不存在' } };
    expect(await customer.ask('GET', `/api/tickets/${id}`)).toMatchObject(gone);
    expect(await customer.ask('PUT', `/api/tickets/${id}`, { title: 'x' })).toMatchObject(gone);
    expect(await customer.ask('DELETE', `/api/tickets/${id}`)).toMatchObject(gone);
    expect(await operate('GET', `/api/admin/tickets/${id}`)).toMatchObject(gone);
  });
});

describe('lists', () => {
  it('show a customer his own, newest first', async () => {
    const other = await service.newCustomer();
    const ids = [];
    for (let n = 0; n < 12; n += 1) ids.push((await create(other, { title: `工单 ${n}` })).id);
    await reply(ids[3] ?? '');
    const list = async (query: string) => (await other.ask<Page>('GET', `/api/tickets?${query}`)).body;
    const first = await list('');
    expect(first.total).toBe(12);
    expect(first.items.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 10));
    expect((await list('skip=10&limit=10')).items.map(({ id }) => id)).toEqual(ids.slice(0, 2).toReversed());
    expect(await list('status_filter=replied')).toMatchObject({ total: 1, items: [{ id: ids[3] }] });
    expect((await list('status_filter=pending')).total).toBe(11);
  });

  it.each([
    'limit=101',
    'limit=0',
    'limit=abc',
    'skip=-1',
    'status_filter=x',
    'status_filter[$ne]=x&limit=x',
  ])('with %s are refused', async (query) => {
    expect(await customer.ask('GET', `/api/tickets?${query}`)).toMatchObject({ status: 422 });
  });

  it('of operators are searched by text, creator and date', async () => {
    const other = await service.newCustomer();
    const { id } = await create(other, { title: 'Needle (100%)', content: 'hay' });
    const list = async (query: string) => (await operate<Page>('GET', `/api/admin/tickets?${query}`)).body;
    expect(await list('q=needle%20(100')).toMatchObject({ total: 1, items: [{ id }] });
    expect(await list('q=.*%2B')).toMatchObject({ total: 0 });
    expect(await list(`creator_email=${other.email}`)).toMatchObject({ total: 1, items: [{ id }] });
    expect(await list('created_to=2020-01-01')).toMatchObject({ total: 0 });
    expect((await list('created_from=2020-01-01T00:00:00Z')).total).toBeGreaterThan(0);
    expect(await operate('GET', '/api/admin/tickets?created_from=yesterday')).toMatchObject({ status: 422 });
  });
});
