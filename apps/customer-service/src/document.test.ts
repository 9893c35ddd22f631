import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operator } from './testing/support.ts';
import { startThroughGateway, type ThroughGateway } from './testing/through-gateway.ts';

/*
 * The requests of document 003, sections 1, 2 and 6, as they are written there, through the gateway. Mails go through the
 * notifier into the development outbox. app-support is there for the one path that two documents share.
 */
const stores = testStores();
let portico: ThroughGateway;
let send: ThroughGateway['send'];
beforeAll(async () => {
  portico = await startThroughGateway(stores, { app: 'app-support', variable: 'APP_SUPPORT_URL' });
  send = portico.send;
});
afterAll(() => portico.stop());

const time = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/) as string;
const id = expect.stringMatching(/^[0-9a-f]{24}$/) as string;
const email = 'user@example.com';
const password = 'mypassword123';
let token = '';

describe('document 003 through the gateway', () => {
  it('1.1 and 1.2: a code is mailed, and registers', async () => {
    expect(await send('POST', '/api/auth/send-code', { email })).toMatchObject({
      status: 200,
      body: { message: '验证码已发送', email },
    });
    expect(await send('POST', '/api/auth/send-code', { email: 'nobody' })).toMatchObject({ status: 422 });
    await portico.mailed(email, 'verification-code');
    const verification_code = portico.mails(email)[0]?.code;
    const registered = await send('POST', '/api/auth/register', { email, password, verification_code });
    expect(registered).toMatchObject({
      status: 201,
      body: {
        id,
        email,
        role: 'user',
        is_active: true,
        created_at: time,
        updated_at: null,
        full_name: null,
        phone_number: null,
        avatar_url: null,
        bio: null,
      },
    });
    const again = { email, password, verification_code: '123456' };
    expect(await send('POST', '/api/auth/register', again)).toMatchObject({
      status: 400,
      body: { detail: '验证码无效或已过期' },
    });
    expect(await send('POST', '/api/auth/register', { ...again, password: 'short' })).toMatchObject({
      status: 422,
      body: { detail: '密码长度至少为8位' },
    });
  });

  it('the one path that two documents share goes by its body', async () => {
    const other = { account: '13800000000', code: '000000', password };
    expect(await send('POST', '/api/auth/register', other)).toMatchObject({
      body: { code: 10008, data: {} },
    });
    const both = { ...other, email };
    expect(await send('POST', '/api/auth/register', both)).toMatchObject({ status: 422 });
    expect(await send('POST', '/api/auth/register', {})).toMatchObject({ status: 422 });
  });

  it('1.3 and 1.4: signs in, by JSON and by form', async () => {
    const answer = await send<{ access_token: string }>('POST', '/api/auth/login', { email, password });
    const granted = {
      access_token: expect.stringMatching(/^ey/) as string,
      token_type: 'bearer',
      expires_in: 1800,
    };
    expect(answer).toMatchObject({ status: 200, body: granted });
    token = answer.body.access_token;
    expect(await send('POST', '/api/auth/login', { email, password: 'wrong-password' })).toMatchObject({
      status: 401,
      body: { detail: '邮箱或密码错误' },
    });
    const form = await call(`${portico.url}/api/auth/token`, {
      body: `username=${email}&password=${password}`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(form).toMatchObject({ status: 200, body: granted });
  });

  it('1.5 to 1.7: the user, the profile, the password', async () => {
    const profile = { full_name: '张三', phone_number: '+86-13800000000', bio: '负责北区客户成功支持。' };
    for (const path of ['/api/auth/me', '/api/users/me'])
      expect(await send('GET', path, undefined, token)).toMatchObject({
        status: 200,
        body: { email, bio: null },
      });
    expect(await send('GET', '/api/auth/me')).toMatchObject({
      status: 401,
      body: { detail: '无效的认证凭据' },
    });
    expect(await send('PATCH', '/api/users/me', profile, token)).toMatchObject({
      status: 200,
      body: { ...profile, updated_at: time },
    });
    expect(await send('PATCH', '/api/users/me', {}, token)).toMatchObject({ status: 400 });
    const wrong = { old_password: 'OldPassw0rd!', new_password: 'NewPassw0rd!' };
    expect(await send('POST', '/api/users/me/change-password', wrong, token)).toMatchObject({ status: 400 });
    const right = { old_password: password, new_password: 'NewPassw0rd!' };
    expect(await send('POST', '/api/users/me/change-password', right, token)).toMatchObject({
      status: 200,
      body: { message: '密码修改成功' },
    });
    expect(await send('GET', '/api/users/me', undefined, token)).toMatchObject({ status: 401 });
    const login = await send<{ access_token: string }>('POST', '/api/auth/login', {
      email,
      password: 'NewPassw0rd!',
    });
    token = login.body.access_token;
  });

  it('2. tickets', async () => {
    const body = {
      title: '无法导出财务报表',
      ticket_type: 'financial',
      content: '在尝试导出本月财务报表时,系统提示"导出失败",请帮忙处理。',
    };
    const created = await send<{ id: string }>('POST', '/api/tickets', body, token);
    const ticket = { ...body, id, creator_email: email, created_at: time };
    const pending = {
      ...ticket,
      status: 'pending',
      feedback: null,
      responder_email: null,
      updated_at: null,
      replied_at: null,
    };
    expect(created).toMatchObject({ status: 201, body: pending });
    const path = `/api/tickets/${created.body.id}`;
    expect(
      await send('GET', '/api/tickets?skip=0&limit=10&status_filter=pending', undefined, token),
    ).toMatchObject({
      status: 200,
      body: { total: 1, items: [pending] },
    });
    expect(await send('GET', '/api/tickets?limit=101', undefined, token)).toMatchObject({ status: 422 });
    expect(await send('GET', path, undefined, token)).toMatchObject({ status: 200, body: pending });
    const change = {
      title: '无法导出财务报表(已重试)',
      content: '在尝试导出本月财务报表时,系统提示"导出失败"。我已经重试了多次,问题依然存在。',
    };
    expect(await send('PUT', path, change, token)).toMatchObject({
      status: 200,
      body: { ...change, updated_at: time },
    });
    const replied = await send(
      'POST',
      `/customer-service/api/admin/tickets/${created.body.id}/reply`,
      { feedback: '已优化服务器性能,请重试。' },
      portico.operatorToken,
    );
    expect(replied).toMatchObject({
      status: 200,
      body: { status: 'replied', responder_email: operator.email, replied_at: time },
    });
    await portico.mailed(email, 'ticket-replied');
    expect(await send('PUT', path, change, token)).toMatchObject({
      status: 400,
      body: { detail: '工单已被回复,不能再更新' },
    });
    expect(await send('DELETE', path, undefined, token)).toMatchObject({ status: 204, body: '' });
    expect(await send('GET', path, undefined, token)).toMatchObject({
      status: 404,
      body: { detail: '工单不存在' },
    });
  });

  it('6. the contact form', async () => {
    const form = { name: '张三', email: 'user@example.com', message: '我想咨询一下产品价格' };
    const submitted = { ...form, turnstileToken: '0.xxx' };
    expect(await send('POST', '/api/owa/info', submitted)).toMatchObject({
      status: 201,
      body: { ...form, id, is_processed: false, admin_notes: null, created_at: time },
    });
    expect(await send('POST', '/api/owa/info', submitted)).toMatchObject({
      status: 400,
      body: { detail: 'Turnstile验证失败' },
    });
    await portico.mailed(operator.email, 'contact-received');
  });
});
