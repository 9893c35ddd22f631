import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Ask, type Customer, type Service } from '../testing/support.ts';

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

interface Item {
  id: string;
  title: string;
}
interface Page {
  total: number;
  items: Item[];
}
const overview_markdown = '# 项目概述\n\n这里是项目概述内容...';
const create = async (more: object = {}) =>
  (
    await operate<{ id: string; overview_html: string }>('POST', '/api/admin/projects', {
      owner_email: customer.email,
      name: '示例项目',
      description: '这是一个示例项目',
      overview_markdown,
      ...more,
    })
  ).body;

describe('a project', () => {
  it('is made by an operator for a customer, who reads it', async () => {
    const project = await create();
    expect(project).toMatchObject({
      owner_email: customer.email,
      name: '示例项目',
      description: '这是一个示例项目',
      overview_markdown,
      overview_html: '<h1>项目概述</h1>\n<p>这里是项目概述内容...</p>\n',
      updated_at: null,
    });
    expect((await customer.ask('GET', `/api/projects/${project.id}`)).body).toEqual(project);
    const { body } = await customer.ask<Page>('GET', '/api/projects/me?skip=0&limit=10');
    expect(body.items[0]).toEqual(project);
    for (const query of ['limit=101', 'limit=0', 'skip=-1'])
      expect(await customer.ask('GET', `/api/projects/me?${query}`), query).toMatchObject({ status: 422 });
    const nobody = { owner_email: 'nobody@example.com', name: 'x', overview_markdown: 'x' };
    expect(await operate('POST', '/api/admin/projects', nobody)).toMatchObject({ status: 422 });
  });

  it('is changed in part: what is missing stays, null clears', async () => {
    const { id } = await create();
    const path = `/api/admin/projects/${id}`;
    expect(await operate('PUT', path, { name: '新名称', description: null })).toMatchObject({
      status: 200,
      body: { name: '新名称', description: null, overview_markdown },
    });
    expect(await operate('PUT', path, {})).toMatchObject({ status: 422 });
    expect(await operate('PUT', path, { owner_email: 'x@example.com' })).toMatchObject({ status: 422 });
  });

  it('is refused before it is stored when its overview nests without end', async () => {
    const { id } = await create();
    const hostile = `${'> '.repeat(2000)}x`;
    const fields = { owner_email: customer.email, name: 'x', overview_markdown: hostile };
    expect(await operate('POST', '/api/admin/projects', fields)).toMatchObject({ status: 422 });
    const update = await operate('PUT', `/api/admin/projects/${id}`, { overview_markdown: hostile });
    expect(update).toMatchObject({ status: 422 });
    expect(await customer.ask('GET', '/api/projects/me')).toMatchObject({ status: 200 });
    expect((await customer.ask('GET', `/api/projects/${id}`)).body).toMatchObject({ overview_markdown });
  });

  it('is for its owner, with all that belongs to it', async () => {
    const { id } = await create();
    const stranger = await service.newCustomer();
    for (const path of ['', '/files', '/links', '/tasks']) {
      expect(await stranger.ask('GET', `/api/projects/${id}${path}`), path).toMatchObject({
        status: 403,
        body: { detail: '无权访问此项目' },
      });
      for (const missing of ['507f1f77bcf86cd799439011', 'nonsense'])
        expect(await customer.ask('GET', `/api/projects/${missing}${path}`), path).toMatchObject({
          status: 404,
          body: { detail: '项目不存在' },
        });
      expect(await service.ask('GET', `/api/projects/${id}${path}`), path).toMatchObject({ status: 401 });
    }
    expect((await stranger.ask('GET', '/api/projects/me')).body).toEqual({ total: 0, items: [] });
  });

  it('is gone with its links and tasks when it is deleted', async () => {
    const { id } = await create();
    expect(await operate('DELETE', `/api/admin/projects/${id}`)).toMatchObject({ status: 204 });
    expect(await operate('DELETE', `/api/admin/projects/${id}`)).toMatchObject({ status: 404 });
    for (const path of ['', '/links', '/tasks', '/files'])
      expect(await customer.ask('GET', `/api/projects/${id}${path}`)).toMatchObject({ status: 404 });
    const link = { title: 'x', url: 'https://example.com' };
    expect(await operate('POST', `/api/admin/projects/${id}/links`, link)).toMatchObject({ status: 404 });
  });

  it('with scripts in its overview is harmless', async () => {
    const { overview_html } = await create({
      overview_markdown:
        '<script>alert(1)</script>\n\n[x](javascript:alert(1))<img src=x onerror=alert(1)>文',
    });
    expect(overview_html).toContain('文');
    expect(overview_html).not.toMatch(/script|onerror/);
  });

  it('is found by operators', async () => {
    const other = await service.newCustomer();
    const { id } = await create({ owner_email: other.email, name: '独一无二' });
    const list = async (query: string) => (await operate('GET', `/api/admin/projects?${query}`)).body;
    const found = { total: 1, items: [{ id }] };
    expect(await list(`q=${encodeURIComponent('独一无二')}`)).toMatchObject(found);
    expect(await list(`owner_email=${other.email}`)).toMatchObject(found);
    const now = new Date().toISOString();
    expect(await list(`owner_email=${other.email}&created_to=${now}`)).toMatchObject(found);
    expect(await list(`owner_email=${other.email}&created_from=2999-01-01`)).toMatchObject({ total: 0 });
  });
});

describe('the links of a project', () => {
  it('are added, listed newest first and deleted', async () => {
    const { id } = await create();
    const body = {
      title: '项目文档链接',
      url: 'https://docs.example.com/project',
      description: '项目相关文档',
    };
    const added = await operate<Item>('POST', `/api/admin/projects/${id}/links`, body);
    expect(added).toMatchObject({ status: 201, body: { ...body, project_id: id, updated_at: null } });
    const second = await operate<Item>('POST', `/api/admin/projects/${id}/links`, { ...body, title: '二' });
    const list = async (query: string) =>
      (await customer.ask<Page>('GET', `/api/projects/${id}/links?${query}`)).body;
    expect(await list('skip=0&limit=100')).toEqual({ total: 2, items: [second.body, added.body] });
    expect(await list('skip=1&limit=500')).toEqual({ total: 2, items: [added.body] });
    expect(await customer.ask('GET', `/api/projects/${id}/links?limit=501`)).toMatchObject({ status: 422 });
    const path = `/api/admin/projects/links/${added.body.id}`;
    expect(await operate('DELETE', path)).toMatchObject({ status: 204 });
    expect(await operate('DELETE', path)).toMatchObject({ status: 404, body: { detail: '链接不存在' } });
    expect(await list('')).toMatchObject({ total: 1 });
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'docs', ''])('do not lead to %s', async (url) => {
    const { id } = await create();
    const answer = await operate('POST', `/api/admin/projects/${id}/links`, { title: 'x', url });
    expect(answer).toMatchObject({ status: 422 });
  });
});

describe('the tasks of a project', () => {
  it('are added, done, listed by status and deleted', async () => {
    const { id } = await create();
    const body = { title: '完成项目文档', description: '编写项目相关文档' };
    const task = await operate<Item>('POST', `/api/admin/projects/${id}/tasks`, body);
    expect(task).toMatchObject({ status: 201, body: { ...body, project_id: id, status: 'pending' } });
    await operate('POST', `/api/admin/projects/${id}/tasks`, { title: '完成了', status: 'completed' });
    const titles = async (query: string) =>
      (await customer.ask<Page>('GET', `/api/projects/${id}/tasks?${query}`)).body.items.map(
        ({ title }) => title,
      );
    expect(await titles('skip=0&limit=100&status=pending')).toEqual(['完成项目文档']);
    expect(await titles('status=completed')).toEqual(['完成了']);
    expect(await titles('')).toEqual(['完成了', '完成项目文档']);
    for (const query of ['status=done', 'limit=501'])
      expect(await customer.ask('GET', `/api/projects/${id}/tasks?${query}`)).toMatchObject({ status: 422 });

    const path = `/api/admin/projects/tasks/${task.body.id}`;
    const done = await operate('PATCH', path, { status: 'completed', description: null });
    expect(done).toMatchObject({
      status: 200,
      body: { title: body.title, status: 'completed', description: null },
    });
    expect(done.body['updated_at']).toMatch(/Z$/);
    expect(await operate('PATCH', path, {})).toMatchObject({ status: 422 });
    expect(await operate('PATCH', path, { status: 'done' })).toMatchObject({ status: 422 });
    expect(await titles('status=pending')).toEqual([]);
    expect(await operate('DELETE', path)).toMatchObject({ status: 204 });
    for (const method of ['PATCH', 'DELETE'])
      expect(await operate(method, path, { title: 'x' })).toMatchObject({
        status: 404,
        body: { detail: '任务不存在' },
      });
  });
});
