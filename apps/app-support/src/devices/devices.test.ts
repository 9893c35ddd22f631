import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSupport, type Support, type TestUser } from '../testing/support.ts';
import { maxDevices } from './devices.store.ts';

const stores = testStores();
let support: Support;
let ada: TestUser;
let bob: TestUser;
beforeAll(async () => {
  support = await startSupport(stores);
  ada = await support.newUser();
  bob = await support.newUser();
});
afterAll(() => support.close());

interface Device {
  id: number;
  user_id: number;
  client_id: string;
  switch: boolean;
}
const bind = (user: TestUser, client_id: string, client_type = 'android') =>
  support.ask<Device>('POST', '/api/push/bind', user.token, { client_id, client_type });
const path = (kind: 'switch' | 'bind', clientId: string) =>
  `/api/push/${kind}/${encodeURIComponent(clientId)}`;
const get = (user: TestUser, clientId: string) =>
  support.ask<Device>('GET', path('switch', clientId), user.token);

describe('a device', () => {
  it('is bound, read and switched, its id full of colons and slashes', async () => {
    const clientId = 'fcm:APA91b/x y?z:1';
    const bound = await bind(ada, clientId);
    expect(bound).toMatchObject({
      code: 0,
      message: 'success',
      data: { app_id: '', user_id: ada.id, client_id: clientId, client_type: 'android', switch: true },
    });
    expect((await get(ada, clientId)).data).toEqual(bound.data);
    const off = await support.ask('PUT', path('switch', clientId), ada.token, { switch: false });
    expect(off).toEqual({ code: 0, message: 'success', data: {} });
    expect((await get(ada, clientId)).data.switch).toBe(false);
    // Unencoded, as the document writes it.
    await bind(ada, 'a:b:c');
    expect((await support.ask('GET', '/api/push/switch/a:b:c', ada.token)).code).toBe(0);
  });

  it.each([
    [true, true],
    ['true', true],
    [1, true],
    ['0', false],
    ['false', false],
  ])('is switched with %j', async (given, expected) => {
    await bind(ada, 'switched');
    await support.ask('PUT', path('switch', 'switched'), ada.token, { switch: !expected });
    expect((await support.ask('PUT', path('switch', 'switched'), ada.token, { switch: given })).code).toBe(0);
    expect((await get(ada, 'switched')).data.switch).toBe(expected);
  });

  it('moves to the user who binds it, switched on, under the same id', async () => {
    const first = await bind(ada, 'moving');
    await support.ask('PUT', path('switch', 'moving'), ada.token, { switch: false });
    expect((await bind(ada, 'moving', 'ios')).data).toMatchObject({ id: first.data.id, switch: false });
    expect((await bind(bob, 'moving')).data).toMatchObject({
      id: first.data.id,
      user_id: bob.id,
      switch: true,
    });
    expect((await get(ada, 'moving')).code).toBe(10001);
    expect((await support.ask('PUT', path('switch', 'moving'), ada.token, { switch: false })).code).toBe(
      10001,
    );
    expect((await support.ask('DELETE', path('bind', 'moving'), ada.token)).code).toBe(10001);
    expect((await get(bob, 'moving')).data.switch).toBe(true);
  });

  it('is one device when it is bound twice at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => bind(ada, 'twice')));
    expect(new Set(answers.map(({ data }) => data.id)).size).toBe(1);
  });

  it('is unbound', async () => {
    await bind(ada, 'leaving');
    expect((await support.ask('DELETE', path('bind', 'leaving'), ada.token)).code).toBe(0);
    expect((await get(ada, 'leaving')).code).toBe(10001);
  });

  it('gives way when its user has too many', async () => {
    for (let index = 0; index <= maxDevices; index += 1) await bind(bob, `many-${index}`);
    const { data } = await support.ask<{ data: Device[] }>('GET', '/api/push/bind', bob.token);
    expect(data.data).toHaveLength(maxDevices);
    expect((await get(bob, `many-${maxDevices}`)).code).toBe(0);
    expect((await get(bob, 'moving')).code).toBe(10001);
  });

  it.each([
    [{ client_id: 'x' }],
    [{ client_id: 'x', client_type: 'windows' }],
    [{ client_id: '', client_type: 'ios' }],
    [{ client_id: { $gt: '' }, client_type: 'ios' }],
    [{ client_id: 'x'.repeat(513), client_type: 'ios' }],
  ])('is not bound: case %#', async (body) => {
    expect((await support.ask('POST', '/api/push/bind', ada.token, body)).code).toBe(10005);
  });
});
