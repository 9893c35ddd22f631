import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonical, newPhones, startService, type Service } from '../testing/support.ts';

/* One SIM has many spellings: operators, users and providers each write it their way. */
const stores = testStores();
let service: Service;
beforeAll(async () => (service = await startService(stores)));
afterAll(() => service.close());

const text = '【淘宝】您的验证码是123456，5分钟内有效。';
const imported = (phone: string) => ({ phone, carrier_type: 1, number_type: 1 });
const inventories = ['N', '86N', '+86N', '0086N'];
const receivers = ['N', '86N', '+86N', '0086N', '0N', '+0086N', '+86 N'];
const written = (form: string, phone: string) =>
  form.replace(
    'N',
    form.includes(' ') ? `${phone.slice(0, 3)} ${phone.slice(3, 7)} ${phone.slice(7)}` : phone,
  );

describe.each(inventories)('a number imported as %s', (inventory) => {
  it.each(receivers)('delivers what comes for %s to its lease', async (receiver) => {
    const [phone = ''] = newPhones(1);
    await service.addNumbers([written(inventory, phone)]);
    const user = await service.newUser(5);
    const query = { project_id: await service.newProject(), phone: written(receiver, phone) };
    const leased = await user.ask('/api/get_specified_phone', query);
    expect(leased.body).toMatchObject({ code: 0, data: phone });
    expect((await service.bring({ to: written(receiver, phone), text })).status).toBe(200);
    const code = await user.ask('/api/get_sms_code', { ...query, phone });
    expect(code.body).toMatchObject({ code: 0, data: text });
  });
});

describe('three spellings of one SIM', () => {
  it('are one number, which is leased once', async () => {
    const [phone = ''] = newPhones(1);
    const numbers = ['N', '+86N', '86N'].map((form) => imported(written(form, phone)));
    const answer = await service.operate<{ created: number; updated: number }>('POST', '/numbers', {
      numbers,
    });
    expect(answer.body).toMatchObject({ created: 1, updated: 2 });
    const project_id = await service.newProject();
    const users = [await service.newUser(5), await service.newUser(5), await service.newUser(5)];
    const answers = await Promise.all(
      users.map((user, n) =>
        user.ask('/api/get_specified_phone', { project_id, phone: numbers[n]?.phone ?? '' }),
      ),
    );
    expect(answers.map(({ body }) => body.code).sort()).toEqual([-1, -1, 0]);
  });

  it('are found, changed and released in any of them', async () => {
    const [phone = ''] = newPhones(1);
    await service.addNumbers([phone]);
    const listed = async (path: string) =>
      (await service.operate<{ items: { phone: string }[] }>('GET', path)).body;
    for (const form of ['N', '86N', '+86N', '0086N', '+86 N']) {
      const spelling = encodeURIComponent(written(form, phone));
      expect(await listed(`/numbers?phone=${spelling}`)).toMatchObject({ items: [{ phone }] });
      expect((await service.operate('PUT', `/numbers/${spelling}`, { status: 'active' })).status).toBe(200);
    }
    const user = await service.newUser(5);
    const project_id = await service.newProject();
    await user.ask('/api/get_specified_phone', { project_id, phone });
    expect(await listed(`/leases?phone=${encodeURIComponent(`+86${phone}`)}`)).toMatchObject({
      items: [{ phone }],
    });
    const released = await user.ask('/api/blacklist_phone', { project_id, phone: `0086${phone}` });
    expect(released.body).toMatchObject({ code: 0, message: 'ok' });
  });
});

it.each(['02512345678', '1381234567', '95588', '134-0000'])(
  'refuses the number %s in an inventory',
  async (phone) => {
    const answer = await service.operate('POST', '/numbers', { numbers: [imported(phone)] });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain('phone');
  },
);

it('merges the spellings that an inventory has from before, and ends the later of two leases', async () => {
  const [phone = ''] = newPhones(1);
  const numbers = service.database.collection<{ _id: string }>('numbers');
  const leases = service.database.collection<{ _id: string; phone: string; startedAt: Date }>('leases');
  const number = { carrier: 1, kind: 1, status: 'active', note: null, rank: 0.5 };
  await numbers.insertMany([phone, `86${phone}`].map((_id) => ({ _id, ...number })));
  const lease = { projectId: 'before', state: 'captured', occupied: true };
  await leases.insertMany([
    { _id: `first-${phone}`, ...lease, phone, startedAt: new Date(1) },
    { _id: `later-${phone}`, ...lease, phone: `86${phone}`, startedAt: new Date(2) },
  ]);
  const instance = await service.another();
  expect(await numbers.countDocuments({ _id: canonical(phone) })).toBe(1);
  expect(await numbers.countDocuments({ _id: { $in: [phone, `86${phone}`] } })).toBe(0);
  const [first, later] = await leases
    .find({ phone: canonical(phone) })
    .sort({ _id: 1 })
    .toArray();
  expect(first).toMatchObject({ occupied: true });
  expect(later).not.toHaveProperty('occupied');
  await instance.close();
});
