import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operator, startService, type Ask, type Service } from '../testing/support.ts';

/** Stands for Cloudflare: knows one secret, takes tokens that begin with `good`, and may stay silent. */
let cloudflare: Server;
const asked: URLSearchParams[] = [];
let isSilent = false;

const stores = testStores();
let service: Service;
let operate: Ask;
beforeAll(async () => {
  cloudflare = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const form = new URLSearchParams(text);
      asked.push(form);
      if (isSilent) return;
      const success = form.get('secret') === 'real-secret' && (form.get('response') ?? '').startsWith('good');
      response.writeHead(success ? 200 : 400, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ success, 'error-codes': [] }));
    });
  });
  await new Promise<void>((resolve) => cloudflare.listen(0, '127.0.0.1', resolve));
  service = await startService(stores, {
    TURNSTILE_SECRET: 'real-secret',
    TURNSTILE_URL: `http://127.0.0.1:${(cloudflare.address() as AddressInfo).port}`,
    TURNSTILE_TIMEOUT_MS: '300',
  });
  operate = await service.operate();
});
afterAll(async () => {
  await service.close();
  cloudflare.closeAllConnections();
  await new Promise((resolve) => cloudflare.close(resolve));
});

interface Contact {
  id: string;
  detail: string;
}
const form = { name: '张三', email: 'user@example.com', message: '我想咨询一下产品价格' };
const submit = (change: object) => service.ask<Contact>('POST', '/api/owa/info', { ...form, ...change });
const stored = () => service.database.collection('contacts').countDocuments();

describe('the contact form', () => {
  it('is stored, and the operators are told', async () => {
    const answer = await submit({ turnstileToken: 'good-1' });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        ...form,
        is_processed: false,
        admin_notes: null,
        created_at: expect.stringMatching(/Z$/) as string,
      },
    });
    expect(asked.at(-1)?.get('remoteip')).toBe('127.0.0.1');
    await expect
      .poll(() => service.peer.to(operator.email).map(({ template, data }) => ({ template, data })))
      .toContainEqual({ template: 'contact-received', data: { contactId: answer.body.id, ...form } });
  });

  it('takes any text for an address, and writes no header with it', async () => {
    const email = 'x\r\nBcc: victim@example.com';
    expect(await submit({ email, turnstileToken: 'good-2' })).toMatchObject({ status: 201, body: { email } });
    await expect
      .poll(() => service.peer.messages.filter(({ data }) => (data as { email?: string }).email === email))
      .toMatchObject([{ to: operator.email }]);
  });

  it('is refused without a good token', async () => {
    const before = await stored();
    expect(await submit({ turnstileToken: 'bad' })).toMatchObject({
      status: 400,
      body: { detail: 'Turnstile验证失败' },
    });
    expect(await stored()).toBe(before);
  });

  it('takes a token once, also when it comes many times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => submit({ turnstileToken: 'good-3' })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
  });

  it('is refused while Turnstile does not answer', async () => {
    isSilent = true;
    const before = await stored();
    const answer = await submit({ turnstileToken: 'good-4' });
    isSilent = false;
    expect(answer.status).toBe(503);
    expect(await stored()).toBe(before);
    expect(await submit({ turnstileToken: 'good-4' })).toMatchObject({ status: 201 });
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ email: 'x'.repeat(255) }, 'email'],
    [{ message: ' ' }, ''],
    [{ turnstileToken: undefined }, 'turnstileToken'],
    [{ name: { $ne: 1 } }, 'name'],
  ])('with %j is refused', async (change, field) => {
    const answer = await submit({ turnstileToken: 'good-5', ...change });
    expect(answer.status).toBe(422);
    expect(answer.body.detail).toContain(field);
  });

  it('is worked on by operators', async () => {
    const { body } = await submit({ message: '急', turnstileToken: 'good-6' });
    const change = { is_processed: true, admin_notes: '已致电' };
    const path = `/api/admin/contacts/${body.id}`;
    expect(await operate('PATCH', path, change)).toMatchObject({ status: 200, body: change });
    expect(await operate('PATCH', path, {})).toMatchObject({ status: 422 });
    expect(await operate('PATCH', '/api/admin/contacts/nonsense', change)).toMatchObject({ status: 404 });
    const list = async (query: string) =>
      (await operate<{ total: number; items: Contact[] }>('GET', `/api/admin/contacts?${query}`)).body;
    expect(await list('is_processed=true')).toMatchObject({ total: 1, items: [{ id: body.id }] });
    expect((await list('is_processed=false')).total).toBe((await stored()) - 1);
    expect(await list('q=致电')).toMatchObject({ total: 1 });
  });
});
