import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonical, newPhones, startService, type Body, type Service } from '../testing/support.ts';

const stores = testStores();
let service: Service;
beforeAll(async () => (service = await startService(stores, { COOL_DOWN_SECONDS: '1' })));
afterAll(() => service.close());

type User = Awaited<ReturnType<Service['newUser']>>;
const getPhone = (user: User, project_id: string, more = {}) =>
  user.ask('/api/get_phone', { project_id, carrier_type: '0', number_type: '0', ...more });
/** A project with numbers of its own kind, so that tests do not take each other's. */
let kinds = 0;
async function stock(count: number) {
  const phones = newPhones(count);
  await service.addNumbers(phones);
  const project = await service.newProject({ name: `项目 ${(kinds += 1)}` });
  return { phones, project };
}
const code = '【测试】您的验证码是123456';

describe('leasing', () => {
  it('holds the price and gives a number', async () => {
    const { project } = await stock(1);
    const user = await service.newUser(5);
    const answer = await getPhone(user, project);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        stat: true,
        message: '获取手机号成功',
        code: 0,
        data: expect.stringMatching(/^138\d{8}$/) as string,
      },
    });
    expect(await user.balance()).toEqual([4, 1]);
    expect(
      await user.ask('/api/release_phone', { project_id: project, phone: answer.body.data ?? '' }),
    ).toMatchObject({
      status: 200,
      body: { message: 'ok', code: 0, data: [] },
    });
    expect(await user.balance()).toEqual([5, 0]);
    await service.audit();
  });

  it('needs money', async () => {
    const { project } = await stock(1);
    const user = await service.newUser(0.99);
    expect(await getPhone(user, project)).toMatchObject({
      status: 200,
      body: { stat: false, code: -2, data: null },
    });
    expect(await user.balance()).toEqual([0.99, 0]);
  });

  it('ends where there are no numbers, and costs nothing then', async () => {
    const project = await service.newProject();
    const user = await service.newUser(1000);
    const wallet = () => service.database.collection('wallets').findOne({ _id: user.id as never });
    const before = await wallet();
    const active = await service.database.collection('numbers').countDocuments({ status: 'active' });
    const phones = new Set<string>();
    for (let n = 0; n < active; n += 1) phones.add((await getPhone(user, project)).body.data ?? '');
    expect(phones.size).toBe(active);
    expect(await getPhone(user, project)).toMatchObject({
      status: 200,
      body: { stat: false, code: -1, data: null },
    });
    expect(await user.balance()).toEqual([1000 - active, active]);
    // However many leases there are: what every request writes and reads stays as small.
    const amounts = { balance: (1000 - active) * 100, frozen: active * 100 };
    expect(await wallet()).toEqual({ ...before, ...amounts });
    // The ledger tells of those that were had, not of the one that was refused.
    const holds = { userId: user.id, type: 'hold' };
    expect(await service.database.collection('ledger').countDocuments(holds)).toBe(2 * active);
  });

  it('says that there is no number before it says that the balance is too low', async () => {
    const user = await service.newUser();
    const { phones, project } = await stock(1);
    const specified = { project_id: project, phone: phones[0] ?? '' };
    expect(await user.ask('/api/get_specified_phone', specified)).toMatchObject({ body: { code: -2 } });
    await service.operate('PUT', `/numbers/${phones[0]}`, { status: 'retired' });
    expect(await user.ask('/api/get_specified_phone', specified)).toMatchObject({ body: { code: -1 } });
  });

  it('looks at carrier and kind', async () => {
    const [mobile = '', virtual = ''] = newPhones(2);
    await service.addNumbers([mobile], { carrier_type: 3, number_type: 1 });
    await service.addNumbers([virtual], { carrier_type: 3, number_type: 2 });
    const project = await service.newProject();
    const user = await service.newUser(5);
    expect(await getPhone(user, project, { carrier_type: '3', number_type: '2' })).toMatchObject({
      body: { data: virtual },
    });
    expect(await getPhone(user, project, { carrier_type: '3', number_type: '1' })).toMatchObject({
      body: { data: mobile },
    });
    expect(await getPhone(user, project, { carrier_type: '3' })).toMatchObject({ body: { code: -1 } });
    await service.operate('PUT', `/numbers/${virtual}`, { status: 'retired' });
    await service.operate('PUT', `/numbers/${mobile}`, { status: 'retired' });
  });

  it('gives a number that is asked for to one of twenty', async () => {
    const { phones, project } = await stock(1);
    const users = await Promise.all(Array.from({ length: 20 }, () => service.newUser(1)));
    const other = await service.another();
    const answers = await Promise.all(
      users.map((user, n) =>
        service.askAt(n % 2 ? service.url : other.url, user.token)('/api/get_specified_phone', {
          project_id: project,
          phone: phones[0] ?? '',
        }),
      ),
    );
    expect(answers.filter(({ body }) => body.code === 0)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === -1)).toHaveLength(19);
    const balances = await Promise.all(users.map((user) => user.balance()));
    expect(balances.filter(([balance, frozen]) => balance === 0 && frozen === 1)).toHaveLength(1);
    expect(balances.filter(([balance, frozen]) => balance === 1 && frozen === 0)).toHaveLength(19);
    await service.audit();
  });

  it.each([
    [20, 1],
    [50, 10],
  ])('%i times at once with credit for %i gives as many', async (times, credit) => {
    const { project } = await stock(60);
    const user = await service.newUser(credit);
    const other = await service.another();
    const answers = await Promise.all(
      Array.from({ length: times }, (_, n) =>
        service.askAt(n % 2 ? service.url : other.url, user.token)<Body>('/api/get_phone', {
          project_id: project,
        }),
      ),
    );
    const granted = answers.filter(({ body }) => body.code === 0).map(({ body }) => body.data);
    expect(granted).toHaveLength(credit);
    expect(new Set(granted).size).toBe(credit);
    expect(answers.filter(({ body }) => body.code === -2)).toHaveLength(times - credit);
    expect(await user.balance()).toEqual([0, credit]);
    await service.audit();
  });

  it.each([
    [{ project_id: '' }, 400],
    [{ carrier_type: '4' }, 400],
    [{ number_type: 'x' }, 400],
    [{ project_id: 'unknown' }, 404],
    [{ token: 'nonsense' }, 401],
    [{ token: '' }, 401],
  ])('with %j is answered in its envelope', async (change, status) => {
    const { project } = await stock(1);
    const user = await service.newUser(1);
    const answer = await getPhone(user, project, change);
    expect(answer).toMatchObject({ status, body: { stat: false, code: status, data: null } });
    expect(answer.body.message).toMatch(/\S/);
  });

  it('takes the project as a number, as the document writes it', async () => {
    const { phones } = await stock(1);
    const project = 700_000 + (kinds += 1);
    const added = await service.operate('POST', '/projects', { project_id: project, name: 'x', amount: 1 });
    expect(added.status).toBe(201);
    const user = await service.newUser(1);
    const answer = await call(`${service.url}/api/get_specified_phone`, {
      body: { token: user.token, project_id: project, phone: phones[0] },
    });
    expect(answer).toMatchObject({ status: 200, body: { stat: true, code: 0, data: phones[0] } });
    const found = await call(`${service.url}/api/search_projects`, {
      body: { token: user.token, project_id: project },
    });
    expect(found).toMatchObject({ status: 200, body: { projects: [{ project_id: String(project) }] } });
  });

  it('has a twin by POST', async () => {
    const { project } = await stock(1);
    const user = await service.newUser(1);
    const answer = await call(`${service.url}/api/get_phone`, {
      body: { token: user.token, project_id: project, carrier_type: 0 },
    });
    expect(answer).toMatchObject({ status: 200, body: { stat: true, code: 0 } });
  });
});

describe('a lease', () => {
  async function leased(amount = 5) {
    const { phones, project } = await stock(1);
    const user = await service.newUser(amount);
    const phone = phones[0] ?? '';
    const query = { project_id: project, phone };
    const lease = (who = user) => who.ask('/api/get_specified_phone', query);
    expect(await lease()).toMatchObject({ body: { code: 0 } });
    return { user, phone, project, query, lease };
  }

  it('belongs to its user', async () => {
    const { query } = await leased();
    const stranger = await service.newUser();
    for (const path of ['/api/release_phone', '/api/blacklist_phone', '/api/get_sms_code'])
      expect(await stranger.ask(path, query), path).toMatchObject({
        status: 404,
        body: { code: 404, data: null },
      });
  });

  it('lets the number rest when it was released, and then be leased again', async () => {
    const { user, query, lease } = await leased();
    const other = await service.newUser(1);
    await user.ask('/api/release_phone', query);
    expect(await user.ask('/api/release_phone', query)).toMatchObject({ status: 404 });
    expect(await lease(other)).toMatchObject({ body: { code: -1 } });
    await expect.poll(async () => (await lease(other)).body.code).toBe(0);
  });

  it('that received a code costs its price, once, and the number is not given out for the project again', async () => {
    const { user, phone, query, lease } = await leased();
    await service.bring({ to: phone, text: code, id: 'a' });
    expect(await user.balance()).toEqual([4, 0]);
    await service.bring({ to: phone, text: '【测试】另一条 654321', id: 'b' });
    expect(await user.balance()).toEqual([4, 0]);
    await user.ask('/api/release_phone', query);
    expect(await user.balance()).toEqual([4, 0]);
    const other = await service.newUser(1);
    await service.database
      .collection('leases')
      .updateMany({ phone: canonical(phone) }, { $set: { coolsUntil: new Date(0) } });
    expect(await lease(other)).toMatchObject({ body: { code: -1 } });
    const elsewhere = { project_id: await service.newProject(), phone };
    expect(await other.ask('/api/get_specified_phone', elsewhere)).toMatchObject({ body: { code: 0 } });
    await service.audit();
  });

  it('expires, and the price comes back', async () => {
    const { user, phone, query } = await leased();
    await service.database
      .collection('leases')
      .updateOne({ phone: canonical(phone) }, { $set: { endsAt: new Date() } });
    await expect.poll(user.balance).toEqual([5, 0]);
    expect(await user.ask('/api/get_sms_code', query)).toMatchObject({ status: 404 });
    await service.audit();
  });

  it('that is refused is not offered to its user again', async () => {
    const { user, phone, project, query } = await leased();
    expect(await user.ask('/api/blacklist_phone', query)).toMatchObject({
      body: { message: 'ok', code: 0, data: [] },
    });
    expect(await user.balance()).toEqual([5, 0]);
    await service.database
      .collection('leases')
      .updateOne({ phone: canonical(phone) }, { $set: { coolsUntil: new Date(0) } });
    await expect
      .poll(() =>
        service.database.collection('leases').countDocuments({ phone: canonical(phone), occupied: true }),
      )
      .toBe(0);
    expect(await user.ask('/api/get_specified_phone', query)).toMatchObject({ body: { code: -1 } });
    const other = await service.newUser(1);
    expect(await other.ask('/api/get_specified_phone', { project_id: project, phone })).toMatchObject({
      body: { code: 0 },
    });
  });

  it('is seen by operators', async () => {
    const { phone, user } = await leased();
    const { body } = await service.operate<{ total: number; items: object[] }>(
      'GET',
      `/leases?phone=${phone}&status=active`,
    );
    expect(body).toMatchObject({
      total: 1,
      items: [{ phone, username: user.username, amount: 1, status: 'active' }],
    });
  });
});
