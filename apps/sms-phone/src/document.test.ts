import { call, startApp, testStores, type AppProcess } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureOf } from './inbound/webhook.routes.ts';
import { environmentOf, inboundSecret, operatorToken, type Body } from './testing/support.ts';

/* The requests of document 002 as they are written there, and those of its contract, through the gateway. */
const stores = testStores();
const apps: AppProcess[] = [];
let gateway: AppProcess;
const logged = { LOG_LEVEL: 'info' };

beforeAll(async () => {
  const service = await startApp('sms-phone', { ...environmentOf(stores), ...logged });
  gateway = await startApp('gateway', {
    ...logged,
    PORT: '0',
    SMS_PHONE_URL: service.url,
    REDIS_URL: stores.redisUrl,
    REDIS_PREFIX: stores.redisPrefix,
  });
  apps.push(gateway, service);
});
afterAll(async () => {
  expect(await Promise.all(apps.map((app) => app.stop()))).toEqual([0, 0]);
});

const operate = (path: string, body: unknown) =>
  call(`${gateway.url}/sms-phone/api/admin${path}`, { body, headers: { Authorization: operatorToken() } });
const token = { any: expect.stringMatching(/^eyJ/) as string };
const text = '【淘宝】您的验证码是123456，5分钟内有效。如非本人操作，请忽略本短信。';

describe.each([
  ['verbatim', '', 'testuser', '13812345678'],
  ['under its prefix', '/sms-phone', 'testuser2', '13812345679'],
])('%s', (_name, prefix, username, phone) => {
  const get = <Data = Body>(path: string) => call<Data>(gateway.url + prefix + path);
  let mine = '';

  it('registers and signs in', async () => {
    const registered = await get(
      `/api/register?username=${username}&password=testpassword&email=${username}@example.com&security_question=${'测试问题?%20测试答案'}`,
    );
    const user = {
      id: expect.any(Number) as number,
      username,
      email: `${username}@example.com`,
      token: token.any,
    };
    expect(registered).toMatchObject({
      status: 201,
      body: { success: true, message: '用户注册成功', user: { ...user, balance: 0 } },
    });
    const login = await get<{ user: { token: string } }>(
      `/api/login?username=${username}&password=testpassword`,
    );
    expect(login).toMatchObject({
      status: 200,
      body: { success: true, message: '登录成功', user: { ...user, balance: 0 } },
    });
    mine = login.body.user.token;
  });

  it('leases a number and receives the code', async () => {
    await operate('/numbers', { numbers: [{ phone, carrier_type: 1, number_type: 1 }] });
    await operate('/projects', { project_id: '123456', name: '淘宝', amount: 0.5, signatures: ['【淘宝】'] });
    expect((await get(`/api/recharge?token=${mine}&amount=100`)).body).toMatchObject({
      success: true,
      balance: 100,
    });
    const search = await get<{ projects: object[] }>(`/api/search_projects?token=${mine}&project_id=123456`);
    expect(search.body.projects).toEqual([{ project_id: '123456', name: '淘宝', amount: 0.5 }]);
    const leased = await get(`/api/get_phone?token=${mine}&project_id=123456&carrier_type=0&number_type=0`);
    expect(leased).toMatchObject({
      status: 200,
      body: { stat: true, message: '获取手机号成功', code: 0, data: phone },
    });
    expect((await get(`/api/balance?token=${mine}`)).body).toMatchObject({
      username,
      balance: 99.5,
      frozen: 0.5,
    });

    const body = JSON.stringify({ to: phone, from: '10690000', text });
    const at = String(Math.floor(Date.now() / 1000));
    const brought = await call(`${gateway.url}/sms-phone/inbound/webhook`, {
      body,
      headers: { 'X-Timestamp': at, 'X-Signature': signatureOf(inboundSecret, at, body) },
    });
    expect(brought.status).toBe(200);
    const code = await get(`/api/get_sms_code?token=${mine}&project_id=123456&phone=${phone}`);
    expect(code).toMatchObject({
      status: 200,
      body: { message: '获取验证码成功', code: 0, data: text, verification_code: '123456', sms: [{ text }] },
    });
    expect((await get(`/api/balance?token=${mine}`)).body).toMatchObject({ balance: 99.5, frozen: 0 });
    const released = await get(`/api/release_phone?token=${mine}&project_id=123456&phone=${phone}`);
    expect(released.body).toEqual({ message: 'ok', code: 0, data: [] });
    expect((await get(`/api/get_phone?token=${mine}&project_id=123456`)).body).toMatchObject({
      stat: false,
      code: -1,
    });
    expect((await get('/api/test')).body).toMatchObject({ message: 'API 连接成功' });
  });

  it('changes the password', async () => {
    const query = new URLSearchParams({
      username,
      old_password: 'testpassword',
      new_password: 'new-password',
      security_answer: '测试答案',
    });
    expect(await get(`/api/change_password?${query.toString()}`)).toMatchObject({
      status: 200,
      body: { success: true },
    });
    expect(await get(`/api/balance?token=${mine}`)).toMatchObject({ status: 401, body: { success: false } });
  });
});

it('logs no secret of a query string', async () => {
  await expect
    .poll(() => apps.every((app) => app.lines.some((line) => line.includes('"status":401'))))
    .toBe(true);
  const lines = apps.flatMap((app) => app.lines);
  expect(lines.length).toBeGreaterThan(20);
  for (const secret of ['testpassword', 'new-password', '测试答案', encodeURIComponent('测试答案'), 'eyJ'])
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
});
