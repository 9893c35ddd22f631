import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operator } from './testing/support.ts';
import { startThroughGateway, type ThroughGateway } from './testing/through-gateway.ts';

/*
 * The tables 错误响应 of document 003, row by row, through the gateway. The 500 of 1.1 is not among them: mails leave by
 * the outbox, so that no answer waits for them.
 */
const stores = testStores();
const owner = { email: 'owner@example.com', password: 'mypassword123' };
const stranger = { email: 'stranger@example.com', password: 'mypassword123' };
const tokens: Record<string, string> = {};
const ids: Record<string, string> = {};
let portico: ThroughGateway;

beforeAll(async () => {
  portico = await startThroughGateway(stores);
  tokens['owner'] = await portico.newCustomer(owner.email, owner.password);
  tokens['stranger'] = await portico.newCustomer(stranger.email, stranger.password);

  const make = async (name: string, path: string, body: object, token = portico.operatorToken) => {
    const made = await portico.send<{ id?: string; file?: { id: string } }>('POST', path, body, token);
    expect(made.status, path).toBe(201);
    ids[name] = made.body.id ?? made.body.file?.id ?? '';
  };
  const admin = '/customer-service/api/admin';
  const of = { owner_email: owner.email };
  const ticket = { title: '问题', ticket_type: 'technical', content: '内容' };
  await make('ticket', '/api/tickets', ticket, tokens['owner']);
  await make('replied', '/api/tickets', ticket, tokens['owner']);
  const reply = `${admin}/tickets/${ids['replied']}/reply`;
  await portico.send('POST', reply, { feedback: '好了' }, portico.operatorToken);
  await make('account', '/api/business-accounts/me/apply', {}, tokens['owner']);
  await make('contract', `${admin}/contracts`, { ...of, title: '合同', content_markdown: '正文' });
  await make('project', `${admin}/projects`, { ...of, name: '项目', overview_markdown: '概述' });
  const file = { filename: 'a.txt', content_type: 'text/plain', file_size: 1 };
  await make('file', `${admin}/projects/${ids['project']}/files`, file);
});
afterAll(() => portico.stop());

/** Somebody's request, the answer's status and its detail where the document or the contract has one. */
type Row = [
  who: string,
  method: string,
  path: string,
  body: unknown,
  status: number,
  detail: string | RegExp,
];

const nothing = undefined;
const missing = '507f1f77bcf86cd799439011';
const unknown = '无效的认证凭据';

async function check([who, method, path, body, status, detail]: Row): Promise<void> {
  const target = path.replace(/\{(\w+)\}/, (_match, name: string) => ids[name] ?? missing);
  const answer = await portico.send<{ detail: string }>(method, target, body, tokens[who]);
  expect(answer.status).toBe(status);
  expect(Object.keys(answer.body)).toEqual(['detail']);
  expect(answer.body.detail).toEqual(
    typeof detail === 'string' ? detail : (expect.stringMatching(detail) as string),
  );
}

const { email, password } = owner;
const code = { email, password, verification_code: '000000' };
const newTicket = { title: 'x', ticket_type: 'technical', content: 'x' };
const signed = { is_signed: true };
const passwords = { old_password: password, new_password: 'NewPassw0rd!' };
const form = { name: '张三', email: '任意', message: '你好' };

/** What each path that takes an id answers to nobody, to somebody else and without the object. */
const foreign = (method: string, name: string, path: string, refused: string, gone: string, body?: object) =>
  [
    ['nobody', method, path.replace('*', `{${name}}`), body, 401, unknown],
    ['stranger', method, path.replace('*', `{${name}}`), body, 403, refused],
    ['owner', method, path.replace('*', missing), body, 404, gone],
  ] satisfies Row[];

const sections: Record<string, Row[]> = {
  '1. users': [
    ['nobody', 'POST', '/api/auth/send-code', { email: 'nobody' }, 422, /邮箱格式不正确/],
    [
      'nobody',
      'POST',
      '/api/auth/register',
      { ...code, email: 'new@example.com' },
      400,
      '验证码无效或已过期',
    ],
    ['nobody', 'POST', '/api/auth/register', { ...code, password: 'short' }, 422, '密码长度至少为8位'],
    ['nobody', 'POST', '/api/auth/login', { email, password: 'wrong' }, 401, '邮箱或密码错误'],
    ['nobody', 'POST', '/api/auth/login', { email: 'x@example.com', password }, 401, '邮箱或密码错误'],
    ['nobody', 'GET', '/api/auth/me', nothing, 401, unknown],
    ['nobody', 'GET', '/api/users/me', nothing, 401, unknown],
    ['owner', 'PATCH', '/api/users/me', {}, 400, '未提供任何需要更新的字段'],
    ['nobody', 'PATCH', '/api/users/me', { bio: 'x' }, 401, unknown],
    ['owner', 'POST', '/api/users/me/change-password', { ...passwords, old_password: 'x' }, 400, /不正确/],
    ['owner', 'POST', '/api/users/me/change-password', { ...passwords, new_password: password }, 400, /相同/],
    ['nobody', 'POST', '/api/users/me/change-password', passwords, 401, unknown],
  ],
  '2. tickets': [
    ['nobody', 'POST', '/api/tickets', newTicket, 401, unknown],
    ['owner', 'POST', '/api/tickets', { ...newTicket, title: 'x'.repeat(201) }, 422, /title/],
    ['owner', 'POST', '/api/tickets', { ...newTicket, ticket_type: 'other' }, 422, /ticket_type/],
    ['nobody', 'GET', '/api/tickets', nothing, 401, unknown],
    ['owner', 'GET', '/api/tickets?limit=101', nothing, 422, /limit/],
    ...foreign('GET', 'ticket', '/api/tickets/*', '无权访问此工单', '工单不存在'),
    ['owner', 'PUT', '/api/tickets/{replied}', { title: 'x' }, 400, '工单已被回复,不能再更新'],
    ...foreign('PUT', 'ticket', '/api/tickets/*', '无权更新此工单', '工单不存在', { title: 'x' }),
    ['owner', 'PUT', '/api/tickets/{ticket}', {}, 422, /至少提供一个字段/],
    ...foreign('DELETE', 'ticket', '/api/tickets/*', '无权删除此工单', '工单不存在'),
  ],
  '3. business accounts': [
    ['nobody', 'GET', '/api/business-accounts/me', nothing, 401, unknown],
    ['stranger', 'GET', '/api/business-accounts/me', nothing, 404, '业务账号不存在'],
    ['owner', 'POST', '/api/business-accounts/me/apply', {}, 400, '已存在申请或已激活账号'],
    ['nobody', 'POST', '/api/business-accounts/me/apply', {}, 401, unknown],
    [
      'stranger',
      'POST',
      '/api/business-accounts/me/apply',
      { tax_number: 'x'.repeat(65) },
      422,
      /tax_number/,
    ],
    ['nobody', 'PATCH', '/api/business-accounts/me', { company_name: 'x' }, 401, unknown],
    ['stranger', 'PATCH', '/api/business-accounts/me', { company_name: 'x' }, 404, '业务账号不存在'],
    ['owner', 'PATCH', '/api/business-accounts/me', { company_name: 'x'.repeat(129) }, 422, /company_name/],
    ...foreign('GET', 'account', '/api/business-accounts/*', '无权访问此业务账号', '业务账号不存在'),
  ],
  '4. contracts': [
    ['nobody', 'GET', '/api/contracts/me', nothing, 401, unknown],
    ['owner', 'GET', '/api/contracts/me?skip=-1', nothing, 422, /skip/],
    ...foreign('GET', 'contract', '/api/contracts/*', '无权访问此合同', '合同不存在'),
    ...foreign(
      'PATCH',
      'contract',
      '/api/contracts/*/sign-status',
      '无权更新此合同的签署状态',
      '合同不存在',
      signed,
    ),
    ['owner', 'PATCH', '/api/contracts/{contract}/sign-status', { is_signed: 'yes' }, 422, /is_signed/],
  ],
  '5. projects': [
    ['nobody', 'GET', '/api/projects/me', nothing, 401, unknown],
    ['owner', 'GET', '/api/projects/me?limit=0', nothing, 422, /limit/],
    ...['', '/files', '/links', '/tasks'].flatMap((part) =>
      foreign('GET', 'project', `/api/projects/*${part}`, '无权访问此项目', '项目不存在'),
    ),
    ...foreign('POST', 'file', '/api/projects/files/*/download-url', '无权访问此文件', '文件不存在'),
  ],
  '6. the contact form': [
    ['nobody', 'POST', '/api/owa/info', { ...form, turnstileToken: '' }, 422, /turnstileToken/],
    ['nobody', 'POST', '/api/owa/info', form, 422, /turnstileToken/],
  ],
};

describe.each(Object.entries(sections))('the errors of document 003: %s', (_section, rows) => {
  it.each(rows.map((row) => ({ row, title: [row[4], ...row.slice(0, 3)].join(' ') })))('$title', ({ row }) =>
    check(row),
  );
});

describe('the errors of document 003 that need a mail or an operator', () => {
  it('1.2: an address that is registered', async () => {
    const verification_code = await portico.mailedCode(operator.email);
    const body = { email: operator.email, password, verification_code };
    expect(await portico.send('POST', '/api/auth/register', body)).toMatchObject({
      status: 400,
      body: { detail: '该邮箱已被注册' },
    });
  });

  it('1.3 and 1.5: a disabled user', async () => {
    const token = await portico.newCustomer('disabled@example.com', password);
    const me = await portico.send<{ id: string }>('GET', '/api/auth/me', undefined, token);
    const path = `/customer-service/api/admin/users/${me.body.id}`;
    expect(await portico.send('PATCH', path, { is_active: false }, portico.operatorToken)).toMatchObject({
      status: 200,
    });
    const refused = { status: 403, body: { detail: '账号已被禁用' } };
    const login = { email: 'disabled@example.com', password };
    expect(await portico.send('POST', '/api/auth/login', login)).toMatchObject(refused);
    for (const at of ['/api/auth/me', '/api/users/me'])
      expect(await portico.send('GET', at, undefined, token)).toMatchObject(refused);
  });
});
