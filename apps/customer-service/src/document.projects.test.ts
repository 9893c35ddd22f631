import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, startApp, testStores, type AppProcess } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { environmentOf, operator } from './testing/support.ts';

/*
 * The requests of document 003, sections 3 to 5, through the gateway. The operator stands for the customer too, so that
 * no mail is needed: operators are users.
 */
const stores = testStores();
const filesDir = mkdtempSync(join(tmpdir(), 'customer-service-'));
const apps: AppProcess[] = [];
let gateway: AppProcess;
let token = '';

beforeAll(async () => {
  const service = await startApp('customer-service', environmentOf(stores, filesDir));
  gateway = await startApp('gateway', {
    PORT: '0',
    CUSTOMER_SERVICE_URL: service.url,
    REDIS_URL: stores.redisUrl,
    REDIS_PREFIX: stores.redisPrefix,
  });
  apps.push(gateway, service);
  await vi.waitFor(
    async () => {
      const { status, body } = await call<{ access_token: string }>(`${gateway.url}/api/auth/login`, {
        body: operator,
      });
      expect(status).toBe(200);
      token = body.access_token;
    },
    { timeout: 120_000, interval: 50 },
  );
});
afterAll(async () => {
  const codes = await Promise.all(apps.map((app) => app.stop()));
  rmSync(filesDir, { recursive: true, force: true });
  expect(codes).toEqual([0, 0]);
});

interface Made {
  id: string;
}
interface Page {
  total: number;
  items: Made[];
}
const ask = <Body = Made>(method: string, path: string, body?: unknown) =>
  call<Body>(gateway.url + path, { method, body, headers: { Authorization: `Bearer ${token}` } });
const operate = <Body = Made>(method: string, path: string, body?: unknown) =>
  ask<Body>(method, `/customer-service/api/admin${path}`, body);

describe('document 003 through the gateway', () => {
  it('3. business accounts', async () => {
    const application = {
      company_name: '示例公司',
      tax_number: '91110000MA01234567',
      certification_info: '营业执照等认证信息',
      communication_address: '北京市朝阳区xxx',
      contact_person_name: '张三',
      contact_phone: '+86-13800000000',
    };
    const applied = await ask('POST', '/api/business-accounts/me/apply', application);
    expect(applied).toMatchObject({ status: 201, body: { ...application, status: 'pending' } });
    const change = { company_name: '更新后的公司名称', contact_phone: '+86-13900000000' };
    expect(await ask('PATCH', '/api/business-accounts/me', change)).toMatchObject({ body: change });
    const own = await ask('GET', '/api/business-accounts/me');
    expect(await ask('GET', `/api/business-accounts/${applied.body.id}`)).toMatchObject({ body: own.body });
  });

  it('4. contracts', async () => {
    const { body: made } = await operate('POST', '/contracts', {
      owner_email: operator.email,
      title: '云服务合同(2025版)',
      content_markdown: '# 合同正文\n\n这里是 Markdown 格式的合同内容……',
    });
    const list = await ask<Page>('GET', '/api/contracts/me?skip=0&limit=10');
    expect(list).toMatchObject({ status: 200, body: { total: 1, items: [{ id: made.id }] } });
    expect((await ask('GET', `/api/contracts/${made.id}`)).body).toEqual(list.body.items[0]);
    const signed = await ask('PATCH', `/api/contracts/${made.id}/sign-status`, { is_signed: true });
    expect(signed).toMatchObject({ status: 200, body: { id: made.id, is_signed: true } });
  });

  it('5. projects, whose files are put and fetched at the gateway', async () => {
    const { body: project } = await operate('POST', '/projects', {
      owner_email: operator.email,
      name: '示例项目',
      description: '这是一个示例项目',
      overview_markdown: '# 项目概述\n\n这里是项目概述内容...',
    });
    const at = `/api/projects/${project.id}`;
    expect((await ask<Page>('GET', '/api/projects/me?skip=0&limit=10')).body).toEqual({
      total: 1,
      items: [project],
    });
    expect((await ask('GET', at)).body).toEqual(project);

    const link = { title: '项目文档链接', url: 'https://docs.example.com/project', description: '文档' };
    const { body: linked } = await operate('POST', `/projects/${project.id}/links`, link);
    expect((await ask('GET', `${at}/links?skip=0&limit=100`)).body).toEqual({ total: 1, items: [linked] });
    const task = { title: '完成项目文档', description: '编写项目相关文档' };
    const { body: tasked } = await operate('POST', `/projects/${project.id}/tasks`, task);
    const tasks = await ask('GET', `${at}/tasks?skip=0&limit=100&status=pending`);
    expect(tasks.body).toEqual({ total: 1, items: [tasked] });

    const bytes = Buffer.alloc(1_024_000, '文档');
    const announced = await operate<{
      file: Made;
      upload_url: string;
      upload_headers: Record<string, string>;
    }>('POST', `/projects/${project.id}/files`, {
      filename: '项目文档.pdf',
      content_type: 'application/pdf',
      file_size: bytes.length,
      tag: '文档',
    });
    const { file, upload_url: uploadUrl, upload_headers: headers } = announced.body;
    expect(uploadUrl.startsWith(`${gateway.url}/customer-service/files?`)).toBe(true);
    expect((await fetch(uploadUrl, { method: 'PUT', body: bytes, headers })).status).toBe(200);
    expect(await operate('POST', `/projects/files/${file.id}/complete`)).toMatchObject({ status: 200 });
    const files = await ask('GET', `${at}/files?skip=0&limit=100&tag=文档`);
    expect(files.body).toMatchObject({
      total: 1,
      items: [{ id: file.id, oss_key: `projects/${project.id}/files/项目文档.pdf`, file_size: 1_024_000 }],
    });
    const { body } = await ask<{ download_url: string; expires_in: number }>(
      'POST',
      `/api/projects/files/${file.id}/download-url`,
    );
    expect(body.expires_in).toBe(3600);
    const whole = await fetch(body.download_url);
    expect(whole.headers.get('content-disposition')).toContain("filename*=UTF-8''%E9%A1%B9");
    expect(bytes.equals(Buffer.from(await whole.arrayBuffer()))).toBe(true);
    const part = await fetch(body.download_url, { headers: { Range: 'bytes=0-5' } });
    expect([part.status, await part.text()]).toEqual([206, '文档']);
  });
});
