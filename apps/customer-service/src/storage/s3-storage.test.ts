import { testStores } from '@portico/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { s3Keys, startS3Server } from '../testing/s3-server.ts';
import { startService, type Ask, type Customer, type Service } from '../testing/support.ts';
import { createS3Storage } from './s3-storage.ts';

const stores = testStores();
const bucket = 'portico';
let store: Awaited<ReturnType<typeof startS3Server>>;
let service: Service;
let customer: Customer;
let operate: Ask;
let project: string;
beforeAll(async () => {
  store = await startS3Server();
  service = await startService(stores, {
    S3_BUCKET: bucket,
    S3_ENDPOINT: store.url,
    S3_ACCESS_KEY_ID: s3Keys.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3Keys.secretAccessKey,
    S3_FORCE_PATH_STYLE: 'true',
  });
  customer = await service.newCustomer();
  operate = await service.operate();
  const made = await operate<{ id: string }>('POST', '/api/admin/projects', {
    owner_email: customer.email,
    name: '示例项目',
    overview_markdown: '# 概述',
  });
  project = made.body.id;
});
beforeEach(() => store.refusals.splice(0));
afterAll(async () => {
  await service.close();
  await store.close();
});

interface Announced {
  file: { id: string; oss_key: string };
  upload_url: string;
  upload_headers: Record<string, string>;
}
const bytes = '文件的内容';
const announce = async (filename: string) =>
  (
    await operate<Announced>('POST', `/api/admin/projects/${project}/files`, {
      filename,
      content_type: 'application/pdf',
      file_size: Buffer.byteLength(bytes),
      tag: '文档',
    })
  ).body;
const put = ({ upload_url, upload_headers }: Announced, body: string, headers = upload_headers) =>
  fetch(upload_url, { method: 'PUT', body: Buffer.from(body), headers }).then(({ status }) => status);

describe('a file in S3', () => {
  it('is put and fetched by presigned links; its bytes never pass through the service', async () => {
    const announced = await announce('项目文档.pdf');
    const { file, upload_url } = announced;
    expect(file.oss_key).toBe(`projects/${project}/files/项目文档.pdf`);
    expect(upload_url.startsWith(`${store.url}/${bucket}/projects/`)).toBe(true);
    const complete = `/api/admin/projects/files/${file.id}/complete`;
    expect(await operate('POST', complete)).toMatchObject({ status: 400, body: { detail: '文件尚未上传' } });
    expect(await put(announced, bytes)).toBe(200);
    expect(await operate('POST', complete)).toMatchObject({ status: 200, body: { id: file.id } });

    const { body } = await customer.ask<{ download_url: string; expires_in: number }>(
      'POST',
      `/api/projects/files/${file.id}/download-url`,
    );
    expect(body.expires_in).toBe(3600);
    expect(new URL(body.download_url).searchParams.get('X-Amz-Expires')).toBe('3600');
    const answer = await fetch(body.download_url);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="____.pdf"; filename*=UTF-8''%E9%A1%B9%E7%9B%AE%E6%96%87%E6%A1%A3.pdf`,
    );
    expect(await answer.text()).toBe(bytes);
    expect(store.refusals).toEqual([]);
  });

  it('takes only what was announced', async () => {
    const announced = await announce('二.pdf');
    expect(await put(announced, `${bytes}!`)).toBe(403);
    expect(await put(announced, bytes, { 'Content-Type': 'text/html' })).toBe(403);
    expect(await put({ ...announced, upload_url: announced.upload_url.replace('.pdf', '.exe') }, bytes)).toBe(
      403,
    );
    expect(store.refusals).toEqual(['wrong signature', 'wrong signature', 'wrong signature']);
    expect([...store.objects.keys()]).not.toContain(`/${bucket}/${announced.file.oss_key}`);
  });

  it('is gone from the store when it is deleted', async () => {
    const announced = await announce('三.pdf');
    const at = `/${bucket}/${announced.file.oss_key}`;
    await put(announced, bytes);
    expect(store.objects.has(at)).toBe(true);
    const path = `/api/admin/projects/files/${announced.file.id}`;
    expect(await operate('DELETE', path)).toMatchObject({ status: 204 });
    expect(store.objects.has(at)).toBe(false);
    expect(await operate('DELETE', path)).toMatchObject({ status: 404, body: { detail: '文件不存在' } });
  });

  it('is not reached with a wrong secret', async () => {
    const options = { bucket, region: 'us-east-1', endpoint: store.url, forcePathStyle: true };
    const credentials = { ...s3Keys, secretAccessKey: 'wrong' };
    const stranger = createS3Storage({ ...options, credentials });
    await expect(stranger.sizeOf('projects/x')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    expect(store.refusals).toEqual(['wrong signature']);
    const known = createS3Storage({ ...options, credentials: s3Keys });
    expect(await known.sizeOf('projects/nothing')).toBeUndefined();
  });
});
