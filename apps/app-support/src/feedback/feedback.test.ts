import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMail, startSupport, type Support, type TestUser } from '../testing/support.ts';

const stores = testStores();
let support: Support;
let ada: TestUser;
let bob: TestUser;
beforeAll(async () => {
  support = await startSupport(stores);
  ada = await support.newUser();
  bob = await support.newUser(newMail());
});
afterAll(() => support.close());

interface Feedback {
  id: number;
  feedback_status: number;
}
interface Reply {
  id: number;
  reply_content: string;
  is_read: boolean;
  manager_id: number;
}
const ask = async (user: TestUser, content = '如何绑定设备？') => {
  const body = { feedback_content: content, contact_phone: '18656660930' };
  return (await support.ask<Feedback>('POST', '/api/feedback', user.token, body)).data;
};
const reply = (id: number, reply_content: string) =>
  support.operate<Reply>('POST', `/feedback/${id}/reply`, { reply_content });
const read = (user: TestUser, id: number) =>
  support.ask<Reply & { replies: Reply[] }>('GET', `/api/feedback/reply/${id}`, user.token);
const unread = async (user: TestUser) => {
  const { data } = await support.ask<{ feedback_count: number }>(
    'GET',
    '/api/message/count?push_ids=',
    user.token,
  );
  return data.feedback_count;
};

describe('feedback', () => {
  it('is taken with a category and listed newest first', async () => {
    const category = await support.operate<{ id: number }>('POST', '/feedback_category', {
      name: 'app',
      description: 'app',
    });
    const first = await ask(ada);
    const second = await support.ask('POST', '/api/feedback', ada.token, {
      feedback_content: '反馈内容',
      feedback_category_id: category.data.id,
      contact_phone: '18656660930',
    });
    expect(second).toMatchObject({
      code: 0,
      message: 'success',
      data: {
        app_id: '',
        feedback_content: '反馈内容',
        feedback_status: 0,
        feedback_category_id: category.data.id,
        contact_phone: '18656660930',
        user_id: ada.id,
      },
    });
    const list = await support.ask('GET', '/api/feedback?page_no=1&page_size=20', ada.token);
    expect(list.data).toMatchObject({ total: 2, pages: 1, current_page: 1, page_size: 20 });
    expect((list.data['data'] as Feedback[]).map(({ id }) => id)).toEqual([second.data['id'], first.id]);
    expect((await support.ask('GET', '/api/feedback', bob.token)).data).toMatchObject({ total: 0, pages: 0 });
  });

  it.each([
    [{}],
    [{ feedback_content: ' ' }],
    [{ feedback_content: 'x', feedback_category_id: 99_999 }],
    [{ feedback_content: 'x', feedback_category_id: 'app' }],
    [{ feedback_content: 'x', contact_phone: 'call me' }],
    [{ feedback_content: 'x'.repeat(5001) }],
  ])('is refused: case %#', async (body) => {
    expect((await support.ask('POST', '/api/feedback', ada.token, body)).code).toBe(10005);
  });

  it('is deleted by its owner only', async () => {
    const { id } = await ask(ada);
    expect((await support.ask('DELETE', `/api/feedback/${id}`, bob.token)).code).toBe(10001);
    expect((await support.ask('DELETE', `/api/feedback/${id}`, ada.token)).code).toBe(0);
    expect((await support.ask('DELETE', `/api/feedback/${id}`, ada.token)).code).toBe(10001);
  });
});

describe('a reply', () => {
  it('is unread until it is read, and read counts follow', async () => {
    const { id } = await ask(ada);
    expect((await read(ada, id)).code).toBe(10001);
    await reply(id, '第一条');
    const second = await reply(id, '回复内容');
    expect(second.data).toMatchObject({ reply_content: '回复内容', feedback_id: id, is_read: false });
    expect(await unread(ada)).toBe(2);
    const shown = await read(ada, id);
    expect(shown).toMatchObject({
      code: 0,
      data: { reply_content: '回复内容', feedback_id: id, is_read: false },
    });
    expect(shown.data.replies.map(({ reply_content }) => reply_content)).toEqual(['第一条', '回复内容']);
    expect(await unread(ada)).toBe(0);
    expect((await read(ada, id)).data.is_read).toBe(true);
    await reply(id, '第三条');
    expect(await unread(ada)).toBe(1);
    expect((await read(ada, id)).data.replies.map(({ is_read }) => is_read)).toEqual([true, true, false]);
  });

  it('is read by the owner only, and by nobody who only looks', async () => {
    const { id } = await ask(ada);
    await reply(id, '回复内容');
    expect((await read(bob, id)).code).toBe(10001);
    const url = `${support.url}/api/feedback/reply/${id}`;
    const headers = { Authorization: ada.token };
    expect((await call(url, { method: 'HEAD', headers })).status).toBe(405);
    expect((await call(url, { headers: { ...headers, 'Sec-Purpose': 'prefetch' } })).status).toBe(403);
    expect(await unread(ada)).toBe(1);
    const twin = await support.ask('POST', `/api/feedback/reply/${id}`, ada.token);
    expect(twin.data).toMatchObject({ is_read: false });
    expect(await unread(ada)).toBe(0);
  });

  it('reaches whoever registered by mail, by mail', async () => {
    const { id } = await ask(bob);
    await reply(id, '请查收');
    await expect
      .poll(() => support.peer.to(bob.account).at(-1))
      .toMatchObject({
        channel: 'email',
        template: 'feedback-replied',
        data: { feedbackId: String(id), reply: '请查收' },
      });
  });

  it('carries the same manager for the same operator, as an integer', async () => {
    const { id } = await ask(ada);
    const replies = await Promise.all([reply(id, 'a'), reply(id, 'b'), reply(id, 'c')]);
    const managers = new Set(replies.map(({ data }) => data.manager_id));
    expect(managers.size).toBe(1);
    expect(Number.isInteger([...managers][0])).toBe(true);
  });
});

describe('operators', () => {
  it('filter by status, reply and close', async () => {
    const { id } = await ask(ada);
    const list = async (status: number) => {
      const { data } = await support.operate<{ data: Feedback[] }>(
        'GET',
        `/feedback?feedback_status=${status}`,
      );
      return data.data.map((one) => one.id);
    };
    expect(await list(0)).toContain(id);
    await reply(id, '好的');
    expect(await list(0)).not.toContain(id);
    expect(await list(1)).toContain(id);
    const closed = await support.operate('PUT', `/feedback/${id}`, { feedback_status: 2 });
    expect(closed).toMatchObject({ code: 0, data: { id, feedback_status: 2 } });
    expect(await list(2)).toContain(id);
    expect((await support.operate('PUT', `/feedback/${id}`, { feedback_status: 3 })).code).toBe(10005);
    expect((await support.operate('GET', '/feedback?feedback_status=new')).code).toBe(10005);
    expect((await reply(999_999, 'x')).code).toBe(10001);
  });

  it('order the categories, change and delete them', async () => {
    const create = (name: string, position: number) =>
      support.operate<{ id: number }>('POST', '/feedback_category', { name, description: name, position });
    const last = (await create('last', 30)).data.id;
    const early = (await create('early', 10)).data.id;
    const names = async () => {
      const { data } = await support.ask<{ data: { name: string; position: number }[] }>(
        'GET',
        '/api/feedback_category?page_size=100',
        ada.token,
      );
      return data.data.filter(({ position }) => position > 0).map(({ name }) => name);
    };
    expect(await names()).toEqual(['early', 'last']);
    const changed = await support.operate('PUT', `/feedback_category/${last}`, {
      position: 1,
      name: 'first',
    });
    expect(changed.data).toMatchObject({ name: 'first', description: 'last' });
    expect(await names()).toEqual(['first', 'early']);
    expect((await support.operate('DELETE', `/feedback_category/${early}`)).code).toBe(0);
    expect((await support.operate('DELETE', `/feedback_category/${early}`)).code).toBe(10001);
    expect(await names()).toEqual(['first']);
  });
});
