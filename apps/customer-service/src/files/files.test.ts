import { readdirSync } from 'node:fs';
import { testStores } from '@portico/testing';
import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileLinks } from '../storage/file-links.ts';
import { startService, type Ask, type Customer, type Service } from '../testing/support.ts';

const stores = testStores();
let service: Service;
let customer: Customer;
let operate: Ask;
let project: string;
beforeAll(async () => {
  service = await startService(stores);
  customer = await service.newCustomer();
  operate = await service.operate();
  project = await newProject();
});
afterAll(() => service.close());

interface File {
  id: string;
  filename: string;
  oss_key: string;
}
interface Announced {
  file: File;
  upload_url: string;
  upload_headers: Record<string, string>;
}
const content = '0123456789';
const newProject = async () =>
  (
    await operate<{ id: string }>('POST', '/api/admin/projects', {
      owner_email: customer.email,
      name: '示例项目',
      overview_markdown: '# 概述',
    })
  ).body.id;
const announcement = {
  filename: '项目文档.pdf',
  content_type: 'application/pdf',
  file_size: 10,
  tag: '文档',
};
const announce = async (more: object = {}, to = project) =>
  (await operate<Announced>('POST', `/api/admin/projects/${to}/files`, { ...announcement, ...more })).body;
/** Links are for the gateway, which takes the service's prefix away. */
const direct = (url: string) => url.replace('/customer-service/files', '/files');
const put = ({ upload_url, upload_headers }: Announced, body: string, headers = upload_headers) =>
  fetch(direct(upload_url), { method: 'PUT', body, headers }).then(({ status }) => status);
const complete = (id: string) => operate('POST', `/api/admin/projects/files/${id}/complete`);

/** The files on the disk: whole ones, and what a refused upload would leave behind. */
const onDisk = () =>
  readdirSync(service.environment['FILES_DIR'] ?? '', { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile(),
  ).length;

async function upload(more: object = {}, to = project): Promise<File> {
  const announced = await announce(more, to);
  expect(await put(announced, content)).toBe(200);
  expect(await complete(announced.file.id)).toMatchObject({ status: 200 });
  return announced.file;
}
async function linkTo(id: string): Promise<string> {
  const { body } = await customer.ask<{ download_url: string }>(
    'POST',
    `/api/projects/files/${id}/download-url`,
  );
  return direct(body.download_url);
}
const list = async (query: string, of: string) =>
  (await customer.ask<{ total: number; items: File[] }>('GET', `/api/projects/${of}/files${query}`)).body;

describe('a file of a project', () => {
  it('is announced, put, completed, listed and downloaded under its name', async () => {
    const of = await newProject();
    const announced = await announce({}, of);
    const { file } = announced;
    expect(file).toMatchObject({ ...announcement, project_id: of, updated_at: null });
    expect(file.oss_key).toBe(`projects/${of}/files/项目文档.pdf`);
    const early = `/api/projects/files/${file.id}/download-url`;
    expect(await customer.ask('POST', early)).toMatchObject({ status: 404, body: { detail: '文件不存在' } });
    expect((await list('', of)).items).toEqual([]);
    expect(await complete(file.id)).toMatchObject({ status: 400, body: { detail: '文件尚未上传' } });
    expect(await put(announced, content)).toBe(200);
    const completed = await complete(file.id);
    expect(completed).toMatchObject({ status: 200, body: announcement });
    expect((await complete(file.id)).body).toEqual(completed.body);
    expect(await list('', of)).toEqual({ total: 1, items: [completed.body] });

    const answer = await fetch(await linkTo(file.id));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="____.pdf"; filename*=UTF-8''%E9%A1%B9%E7%9B%AE%E6%96%87%E6%A1%A3.pdf`,
    );
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.text()).toBe(content);
  });

  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
  ])('is served in parts: %s', async (Range, status, text, contentRange) => {
    const { id } = await upload();
    const answer = await fetch(await linkTo(id), { headers: { Range } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-range')).toBe(contentRange);
    expect(await answer.text()).toBe(text);
  });

  it('does not share its bytes with another of the same name', async () => {
    const of = await newProject();
    const first = await upload({}, of);
    const announced = await announce({}, of);
    expect(announced.file.oss_key).toBe(`projects/${of}/files/${announced.file.id}/项目文档.pdf`);
    expect(await put(announced, 'abcdefghij')).toBe(200);
    await complete(announced.file.id);
    expect(await (await fetch(await linkTo(first.id))).text()).toBe(content);
    expect(await (await fetch(await linkTo(announced.file.id))).text()).toBe('abcdefghij');
  });

  it('takes exactly the bytes that were announced', async () => {
    const announced = await announce();
    const before = onDisk();
    expect(await put(announced, `${content}!`)).toBe(422);
    expect(await put(announced, content.slice(1))).toBe(422);
    expect(await put(announced, content, { 'Content-Type': 'text/html' })).toBe(422);
    const chunked = await fetch(direct(announced.upload_url), {
      method: 'PUT',
      headers: announced.upload_headers,
      body: new Blob([content, '!']).stream(),
      duplex: 'half',
    });
    expect(chunked.status).toBe(422);
    expect(onDisk()).toBe(before);
    expect(await complete(announced.file.id)).toMatchObject({ status: 400 });
    expect(await put(announced, content)).toBe(200);
    expect(onDisk()).toBe(before + 1);
  });

  it('is listed by name and tag, newest first', async () => {
    const of = await newProject();
    const names = ['设计 (1).pdf', '设计 (2).pdf', '合同.pdf'];
    for (const filename of names) await upload({ filename, tag: filename.slice(0, 2) }, of);
    const found = async (query: string) => (await list(query, of)).items.map(({ filename }) => filename);
    expect(await found('?skip=0&limit=100')).toEqual(names.toReversed());
    expect(await found(`?filename=${encodeURIComponent('设计 (')}`)).toEqual([names[1], names[0]]);
    expect(await found('?filename=.*')).toEqual([]);
    expect(await found(`?tag=${encodeURIComponent('合同')}`)).toEqual(['合同.pdf']);
    expect(await found(`?tag=${encodeURIComponent('合')}`)).toEqual([]);
    expect(await list('?skip=1&limit=1', of)).toMatchObject({ total: 3, items: [{ filename: names[1] }] });
    for (const query of ['?limit=501', '?limit=0', '?skip=-1', '?skip=x'])
      expect(await customer.ask('GET', `/api/projects/${of}/files${query}`), query).toMatchObject({
        status: 422,
      });
  });

  it('is for the owner of its project', async () => {
    const { id } = await upload();
    const path = `/api/projects/files/${id}/download-url`;
    const stranger = await service.newCustomer();
    expect(await stranger.ask('POST', path)).toMatchObject({
      status: 403,
      body: { detail: '无权访问此文件' },
    });
    expect(await service.ask('POST', path)).toMatchObject({ status: 401 });
    expect(await operate('POST', path)).toMatchObject({ status: 200 });
    for (const missing of ['507f1f77bcf86cd799439011', 'nonsense']) {
      expect(await customer.ask('POST', `/api/projects/files/${missing}/download-url`)).toMatchObject({
        status: 404,
        body: { detail: '文件不存在' },
      });
    }
  });

  it('is gone with its bytes when it is deleted, and hidden when its project is', async () => {
    const of = await newProject();
    const before = onDisk();
    const [one, other] = [await upload({}, of), await upload({}, of)];
    expect(onDisk()).toBe(before + 2);
    const link = await linkTo(one.id);
    expect(await operate('DELETE', `/api/admin/projects/files/${one.id}`)).toMatchObject({ status: 204 });
    expect(await operate('DELETE', `/api/admin/projects/files/${one.id}`)).toMatchObject({ status: 404 });
    expect((await fetch(link)).status).toBe(404);
    expect(onDisk()).toBe(before + 1);
    expect(await operate('DELETE', `/api/admin/projects/${of}`)).toMatchObject({ status: 204 });
    // Projects are deleted softly, and what belongs to them with them.
    expect(onDisk()).toBe(before + 1);
    const path = `/api/projects/files/${other.id}/download-url`;
    expect(await customer.ask('POST', path)).toMatchObject({ status: 404, body: { detail: '文件不存在' } });
  });

  it('whose deletion was cut off is removed later', async () => {
    const { id } = await upload();
    const link = await linkTo(id);
    const old = new Date(Date.now() - 120_000);
    const files = service.database.collection('project_files');
    const { modifiedCount } = await files.updateOne(
      { _id: new ObjectId(id), deletedAt: null },
      { $set: { deletedAt: old } },
    );
    expect(modifiedCount).toBe(1);
    expect((await fetch(link)).status).toBe(200);
    await service.files.finishDeletions();
    expect((await fetch(link)).status).toBe(404);
    expect(await files.countDocuments({ deletedAt: { $ne: null } })).toBe(0);
  });

  it('that was announced and not completed for a day is removed', async () => {
    const { file: old } = await announce();
    const { file: fresh } = await announce();
    const files = service.database.collection('project_files');
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    await files.updateOne({ _id: new ObjectId(old.id) }, { $set: { createdAt: yesterday } });
    await service.files.finishDeletions();
    expect(await complete(old.id)).toMatchObject({ status: 404 });
    expect(await files.findOne({ _id: new ObjectId(old.id) })).toBeNull();
    expect(await files.findOne({ _id: new ObjectId(fresh.id) })).toMatchObject({ deletedAt: null });
  });

  it.each([
    ['a folder', { filename: '../../etc/passwd' }],
    ['no name', { filename: ' ' }],
    ['a line break', { filename: 'a\r\nSet-Cookie: x' }],
    ['a dot', { filename: '..' }],
    ['no type', { content_type: 'pdf' }],
    ['a header in the type', { content_type: 'text/html\r\nX: y' }],
    ['a negative size', { file_size: -1 }],
    ['more than a store takes', { file_size: 5 * 1024 ** 3 + 1 }],
  ])('is refused with %s', async (_what, more) => {
    const path = `/api/admin/projects/${project}/files`;
    expect(await operate('POST', path, { ...announcement, ...more })).toMatchObject({ status: 422 });
  });
});

describe('a link', () => {
  it.each(['key', 'filename', 'type', 'size', 'use', 'expires', 'signature'])(
    'whose %s was altered opens nothing',
    async (name) => {
      const { id } = await upload();
      const link = new URL(await linkTo(id));
      const value = link.searchParams.get(name) ?? '';
      link.searchParams.set(name, name === 'use' ? 'put' : /^\d+$/.test(value) ? `${value}1` : `${value}x`);
      for (const method of ['GET', 'PUT']) {
        const answer = await fetch(link, { method });
        expect(answer.status).toBe(403);
        expect(await answer.json()).toEqual({ detail: '链接无效或已过期' });
      }
    },
  );

  it('to download does not upload, and the other way round', async () => {
    const announced = await announce();
    await put(announced, content);
    await complete(announced.file.id);
    const link = await linkTo(announced.file.id);
    expect((await fetch(link, { method: 'PUT', body: content })).status).toBe(403);
    expect((await fetch(direct(announced.upload_url))).status).toBe(403);
  });

  it('ends after an hour, and is good only from who has the secret', async () => {
    const { oss_key: key } = await upload();
    const link = { key, filename: 'x', contentType: 'text/plain', size: 0, use: 'get' as const };
    const statusOf = async (secret: string, agoSeconds: number) => {
      const links = createFileLinks([{ id: 'f1', secret }], () => Date.now() - agoSeconds * 1000);
      return (await fetch(service.url + direct(links.path(link)))).status;
    };
    const secret = 'links'.repeat(8);
    expect(await statusOf(secret, 3590)).toBe(200);
    expect(await statusOf(secret, 3601)).toBe(403);
    expect(await statusOf('other'.repeat(8), 0)).toBe(403);
  });
});
