import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentOf, startInstance, startService, type Body, type Service } from '../testing/support.ts';
import { splitQuestion } from './security-question.ts';

const stores = testStores();
let service: Service;
beforeAll(async () => (service = await startService(stores)));
afterAll(() => service.close());

let names = 0;
const registration = (change: object = {}) => ({
  username: `somebody${(names += 1)}`,
  password: 'testpassword',
  email: `somebody${names}@example.com`,
  security_question: '测试问题? 测试答案',
  ...change,
});

describe('registering', () => {
  it('answers as the document says', async () => {
    const given = registration();
    const answer = await service.ask('/api/register', given);
    expect(answer).toMatchObject({
      status: 201,
      body: {
        success: true,
        message: '用户注册成功',
        user: {
          id: expect.any(Number) as number,
          username: given.username,
          email: given.email,
          balance: 0,
          token: expect.stringMatching(/^ey/) as string,
        },
      },
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const stored = JSON.stringify(
      await service.database.collection('users').findOne({ username: given.username }),
    );
    expect(stored).not.toContain('testpassword');
    expect(stored).not.toContain('测试答案');
  });

  it('is refused for a name or a mail that is taken, however written', async () => {
    const given = registration();
    await service.ask('/api/register', given);
    const taken = { status: 400, body: { success: false, message: '用户名或邮箱已被注册' } };
    expect(
      await service.ask('/api/register', registration({ username: given.username.toUpperCase() })),
    ).toMatchObject(taken);
    expect(
      await service.ask('/api/register', registration({ email: given.email.toUpperCase() })),
    ).toMatchObject(taken);
  });

  it('of one name many times at once happens once', async () => {
    const given = registration();
    const answers = await Promise.all(Array.from({ length: 10 }, () => service.ask('/api/register', given)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
  });

  it.each([
    [{ username: 'ab' }, 'username'],
    [{ username: 'a b c' }, 'username'],
    [{ password: 'short' }, '密码长度至少为8位'],
    [{ email: 'nobody' }, 'email'],
    [{ security_question: '没有答案?' }, 'security_question'],
    [{ security_question: '没有问号' }, 'security_question'],
  ])('with %j is refused', async (change, message) => {
    const answer = await service.ask('/api/register', registration(change));
    expect(answer).toMatchObject({ status: 400, body: { success: false } });
    expect(answer.body.message).toContain(message);
  });

  it.each([
    ['测试问题? 测试答案', '测试问题?', '测试答案'],
    ['你是谁？真的? 我 ', '你是谁？真的?', '我'],
    ['a?b？c', 'a?b？', 'c'],
  ])('%s is split at the last question mark', (text, question, answer) => {
    expect(splitQuestion(text)).toEqual({ question, answer });
  });

  it('by HEAD or a prefetch does nothing', async () => {
    const query = new URLSearchParams(registration() as Record<string, string>).toString();
    const url = `${service.url}/api/register?${query}`;
    expect((await call(url, { method: 'HEAD' })).status).toBe(405);
    expect((await call(url, { headers: { 'Sec-Purpose': 'prefetch' } })).status).toBe(403);
    expect((await call(url)).status).toBe(201);
  });
});

describe('signing in', () => {
  it('gives a token', async () => {
    const user = await service.newUser(3);
    const answer = await service.ask('/api/login', { username: user.username, password: user.password });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        success: true,
        message: '登录成功',
        user: { id: user.id, balance: 3, token: expect.any(String) as string },
      },
    });
  });

  it('is refused alike for unknown users and wrong passwords', async () => {
    const user = await service.newUser();
    const refused = { status: 401, body: { success: false, message: '用户名或密码错误' } };
    expect(
      await service.ask('/api/login', { username: user.username, password: 'wrong password' }),
    ).toMatchObject(refused);
    expect(await service.ask('/api/login', { username: 'nobody', password: 'wrong password' })).toMatchObject(
      refused,
    );
    expect(await service.ask('/api/login', { username: user.username })).toMatchObject({ status: 400 });
  });

  it('is refused after too many wrong passwords', async () => {
    const user = await service.newUser();
    const login = (password: string) => service.ask('/api/login', { username: user.username, password });
    let refused = await login('wrong password');
    while (refused.status === 401) refused = await login('wrong password');
    expect(refused.status).toBe(429);
  });
});

describe('changing the password', () => {
  const change = (username: string, more: object = {}) =>
    service.ask('/api/change_password', {
      username,
      old_password: 'testpassword',
      new_password: 'another password',
      security_answer: ' 测试答案 ',
      ...more,
    });

  it('ends older tokens', async () => {
    const user = await service.newUser();
    expect(await change(user.username)).toMatchObject({
      status: 200,
      body: { success: true, message: '密码修改成功' },
    });
    expect(await user.ask('/api/balance')).toMatchObject({ status: 401, body: { success: false } });
    expect(
      (await service.ask('/api/login', { username: user.username, password: 'another password' })).status,
    ).toBe(200);
  });

  it('brings password and answer under the pepper of today', async () => {
    const { username } = await service.newUser();
    const rotated = await startInstance(stores, {
      PASSWORD_PEPPERS: `p2:${'another'.repeat(6)},${environmentOf(stores)['PASSWORD_PEPPERS']}`,
    });
    const query = new URLSearchParams({
      username,
      old_password: 'testpassword',
      new_password: 'another password',
      security_answer: '测试答案',
    });
    const { status } = await call(`${rotated.url}/api/change_password?${query.toString()}`);
    await rotated.close();
    expect(status).toBe(200);
    expect(await service.database.collection('users').findOne({ username })).toMatchObject({
      password: expect.stringMatching(/^v1\$p2\$/) as string,
      securityAnswer: expect.stringMatching(/^v1\$p2\$/) as string,
    });
  });

  it('has one refusal for whatever is wrong', async () => {
    const user = await service.newUser();
    const refused = { status: 401, body: { success: false, message: '用户名、密码或安全答案错误' } };
    expect(await change(user.username, { old_password: 'wrong password' })).toMatchObject(refused);
    expect(await change(user.username, { security_answer: '错误' })).toMatchObject(refused);
    expect(await change('nobody')).toMatchObject(refused);
    expect(await change(user.username, { new_password: 'short' })).toMatchObject({ status: 400 });
    expect((await user.ask('/api/balance')).status).toBe(200);
  });
});

describe('projects', () => {
  it('are found by id or by part of their name, with the price that is charged', async () => {
    const project_id = await service.newProject({ name: '淘宝 (Taobao)', amount: 0.35 });
    const user = await service.newUser();
    const found = {
      status: 200,
      body: { success: true, projects: [{ project_id, name: '淘宝 (Taobao)', amount: 0.35 }] },
    };
    expect(await user.ask('/api/search_projects', { project_id })).toMatchObject(found);
    expect(await user.ask('/api/search_projects', { name: 'taobao)' })).toMatchObject(found);
    expect(await user.ask('/api/search_projects', { name: '.*' })).toMatchObject({ body: { projects: [] } });
    expect(await user.ask('/api/search_projects')).toMatchObject({ status: 400, body: { success: false } });
    const changed = await service.operate<Body & { project: object }>('PUT', `/projects/${project_id}`, {
      amount: 0.4,
    });
    expect(changed.body.project).toMatchObject({ amount: 0.4, name: '淘宝 (Taobao)' });
    expect(await user.ask('/api/search_projects', { project_id })).toMatchObject({
      body: { projects: [{ amount: 0.4 }] },
    });
  });

  it.each([
    [{ amount: 0 }, 400],
    [{ pattern: '(' }, 400],
    [{ project_id: 'a b' }, 400],
    [{ name: '' }, 400],
  ])('with %j are refused', async (change, status) => {
    const body = { project_id: 'refused', name: 'x', amount: 1, ...change };
    expect(await service.operate('POST', '/projects', body)).toMatchObject({
      status,
      body: { success: false },
    });
  });

  it('are made once', async () => {
    const project_id = await service.newProject();
    const again = await service.operate('POST', '/projects', { project_id, name: 'x', amount: 1 });
    expect(again).toMatchObject({ status: 400, body: { message: '项目已存在' } });
    expect(await service.operate('PUT', '/projects/unknown', { amount: 1 })).toMatchObject({ status: 404 });
  });
});

describe('numbers', () => {
  it('are imported, renewed, listed and taken out', async () => {
    const numbers = [
      { phone: '13900000001', carrier_type: 1, number_type: 1, note: '甲' },
      { phone: '13900000002', carrier_type: 2, number_type: 2 },
    ];
    expect((await service.operate('POST', '/numbers', { numbers })).body).toMatchObject({
      created: 2,
      updated: 0,
    });
    expect((await service.operate('POST', '/numbers', { numbers })).body).toMatchObject({
      created: 0,
      updated: 2,
    });
    const list = async (query: string) =>
      (await service.operate<{ items: object[] }>('GET', `/numbers?${query}`)).body.items;
    expect(await list('phone=1390000000')).toMatchObject([
      { phone: '13900000001', note: '甲', status: 'active' },
      { carrier_type: 2 },
    ]);
    const changed = await service.operate('PUT', '/numbers/13900000001', { status: 'quarantined' });
    expect(changed).toMatchObject({ status: 200, body: { number: { status: 'quarantined' } } });
    expect(await list('phone=1390000000&status=quarantined')).toHaveLength(1);
    expect(await service.operate('PUT', '/numbers/nonsense', { status: 'active' })).toMatchObject({
      status: 404,
    });
    expect(await service.operate('PUT', '/numbers/13900000001', { status: 'gone' })).toMatchObject({
      status: 400,
    });
  });

  it('are imported from CSV', async () => {
    const csv = '\uFEFFphone,carrier_type,number_type,note\r\n13900000003,3,1,"a, b"\r\n13900000004,1,2\r\n';
    expect((await service.operate('POST', '/numbers/csv', csv)).body).toMatchObject({
      created: 2,
      updated: 0,
    });
    const wrong = await service.operate('POST', '/numbers/csv', 'phone,carrier_type,number_type\nabc,1,1\n');
    expect(wrong).toMatchObject({
      status: 400,
      body: { message: '[0].phone: phone 必须是 5 到 15 位数字（第 1 行）' },
    });
  });
});
