import { testStores } from '@portico/testing';
import type { DeliveryResult, Message } from '@portico/queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdQueue } from '../testing/hold-queue.ts';
import { manyDevices } from '../testing/many-devices.ts';
import { startSupport, type Support } from '../testing/support.ts';

const stores = testStores();
let support: Support;
beforeAll(async () => {
  support = await startSupport(stores);
});
afterAll(() => support.close());

interface Push {
  id: number;
  push_status: number;
  scheduled_at: string | null;
  targeted: number;
  sent: number;
  failed: number;
  invalid: number;
  cancelled: number;
  causes: Record<string, number>;
}
const compose = async (more: object = {}) => {
  const body = { push_title: '标题', push_body: '内容', push_scope: 0, ...more };
  const answer = await support.operate<Push>('POST', '/push', body);
  expect(answer).toMatchObject({ code: 0 });
  return answer.data.id;
};
const get = async (id: number) => (await support.operate<Push>('GET', `/push/${id}`)).data;
const settled = async (id: number, status = 1) => {
  await expect.poll(async () => (await get(id)).push_status).toBe(status);
  return get(id);
};
/** Deliveries of a push, by device token. */
const delivered = (id: number) =>
  support.peer.messages
    .filter(({ template, data }) => template === 'push' && pushIdOf(data) === id)
    .map(({ to }) => to);
const pushIdOf = (data: Message['data']) => Number((data['payload'] as Record<string, string>)['push_id']);

const devicesOf = (name: string, count: number, options?: Parameters<typeof manyDevices>[3]) =>
  manyDevices(support.database, name, count, options);
const forgetDevices = () => support.database.collection('devices').deleteMany({});

describe('a push', () => {
  it('reaches every device that is switched on, of users who may come in, once', async () => {
    await forgetDevices();
    const on = await devicesOf('on', 350);
    await devicesOf('off', 120, { switch: false });
    await devicesOf('disabled', 30, { isActive: false });
    const id = await compose();
    expect(await settled(id)).toMatchObject({
      targeted: 350,
      sent: 350,
      failed: 0,
      invalid: 0,
      cancelled: 0,
    });
    expect(delivered(id).sort()).toEqual(on.map(({ clientId }) => clientId).sort());
    expect(await support.database.collection('push_pages').countDocuments({ pushId: id })).toBe(0);
  });

  it('to users reaches all their devices and nobody else', async () => {
    await forgetDevices();
    const users = await devicesOf('one', 150);
    const second = users[1];
    await support.database
      .collection('devices')
      .updateMany({ clientId: { $in: ['one-0', 'one-2'] } }, { $set: { userId: second?.user } });
    const id = await compose({ push_scope: 1, user_ids: users.slice(1, 121).map(({ user }) => user) });
    expect(await settled(id)).toMatchObject({ targeted: 121, sent: 121 });
    const expected = users.filter((_, index) => index < 121).map(({ clientId }) => clientId);
    expect(delivered(id).sort()).toEqual(expected.sort());
  });

  it('to nobody has been sent', async () => {
    await forgetDevices();
    expect(await settled(await compose())).toMatchObject({ targeted: 0, sent: 0 });
  });

  it('names the push service of each type of device, the push and the request', async () => {
    await forgetDevices();
    await devicesOf('typed', 2);
    await support.database
      .collection('devices')
      .updateOne({ clientId: 'typed-1' }, { $set: { clientType: 'ios' } });
    const id = await compose();
    await settled(id);
    const messages = support.peer.messages.filter(({ to }) => to.startsWith('typed-'));
    const providers = Object.fromEntries(messages.map(({ to, pushProvider }) => [to, pushProvider]));
    expect(providers).toEqual({ 'typed-0': 'fcm', 'typed-1': 'apns' });
    expect(messages[0]?.data).toEqual({ title: '标题', body: '内容', payload: { push_id: String(id) } });
    expect(messages[0]?.requestId).toMatch(/^[\w-]{8,}$/);
  });

  it('is counted by what became of it, each device once, and says why', async () => {
    await forgetDevices();
    await devicesOf('mixed', 90);
    const verdicts: Record<number, Pick<DeliveryResult, 'status' | 'cause'>> = {
      0: { status: 'sent' },
      1: { status: 'failed', cause: 'rejected' },
      2: { status: 'invalid', cause: 'invalid_recipient' },
    };
    support.peer.decide(({ to }) => verdicts[Number(to.split('-')[1]) % 3]);
    const id = await compose();
    expect(await settled(id)).toMatchObject({
      targeted: 90,
      sent: 30,
      failed: 30,
      invalid: 30,
      causes: { rejected: 30, invalid_recipient: 30 },
    });
    // Devices that their push service does not know are gone, unless they were bound again since.
    expect(await support.database.collection('devices').countDocuments({})).toBe(60);
    support.peer.decide(() => ({ status: 'sent' }));
  });

  it('that reached nobody has failed', async () => {
    await forgetDevices();
    await devicesOf('lost', 3);
    support.peer.decide(() => ({ status: 'failed', cause: 'unavailable' }));
    const id = await compose();
    expect(await settled(id, 2)).toMatchObject({
      targeted: 3,
      sent: 0,
      failed: 3,
      causes: { unavailable: 3 },
    });
    support.peer.decide(() => ({ status: 'sent' }));
  });

  it('does not remove a device that was bound again after its push failed', async () => {
    await forgetDevices();
    await devicesOf('again', 1);
    const past = new Date(Date.now() - 60_000).toISOString();
    support.peer.decide(() => ({ status: 'invalid', cause: 'invalid_recipient', at: past }));
    await settled(await compose(), 2);
    expect(await support.database.collection('devices').countDocuments({})).toBe(1);
    support.peer.decide(() => ({ status: 'sent' }));
  });

  it('is listed with its counts', async () => {
    const { data } = await support.operate<{ total: number; data: Push[] }>('GET', '/push?page_size=2');
    expect(data.data).toHaveLength(2);
    expect(data.data[0]).toMatchObject({ push_status: 2, targeted: 1, invalid: 1 });
    expect((await support.operate('GET', '/push/999999')).code).toBe(10001);
  });

  it.each([
    [{ push_title: '' }],
    [{ push_body: 'x'.repeat(1001) }],
    [{ push_scope: 2 }],
    [{ push_scope: undefined }],
    [{ push_scope: 1 }],
    [{ push_scope: 1, user_ids: [] }],
    [{ push_scope: 0, user_ids: [1] }],
    [{ push_scope: 1, user_ids: ['x'] }],
    [{ scheduled_at: 'tomorrow' }],
    [{ scheduled_at: '2026-02-30 00:00:00' }],
    [{ scheduled_at: '2019-01-01 00:00:00' }],
  ])('is refused, case %#', async (more) => {
    const body = { push_title: '标题', push_body: '内容', push_scope: 0, ...more };
    expect((await support.operate('POST', '/push', body)).code).toBe(10005);
  });
});

describe('a scheduled push', () => {
  it('waits for its time, is seen by nobody before, and can be cancelled', async () => {
    await forgetDevices();
    await devicesOf('scheduled', 5);
    const user = await support.newUser();
    const seen = async () => {
      const { data } = await support.ask<{ data: Push[] }>('GET', '/api/push/log', user.token);
      return data.data.map(({ id }) => id);
    };
    const [later, cancelled] = [
      await compose({ scheduled_at: '2099-01-01 08:00:00' }),
      await compose({ scheduled_at: '2099-01-01 08:00:00' }),
    ];
    expect(await get(later)).toMatchObject({
      push_status: 0,
      scheduled_at: '2099-01-01 08:00:00',
      targeted: 0,
    });
    expect(await seen()).toEqual([]);
    expect((await support.operate('POST', `/push/${cancelled}/cancel`)).code).toBe(0);
    // Its time has come.
    await support.database
      .collection('pushes')
      .updateMany({ _id: { $in: [later, cancelled] } as never }, { $set: { 'work.due': new Date() } });
    expect(await settled(later)).toMatchObject({ targeted: 5, sent: 5 });
    expect(await seen()).toEqual([later]);
    expect(await get(cancelled)).toMatchObject({ push_status: 3, targeted: 0 });
    expect(delivered(cancelled)).toEqual([]);
  });
});

describe('cancelling', () => {
  it('stops what has not left, for good, and hides the push', async () => {
    await forgetDevices();
    await devicesOf('stopped', 400);
    const user = await support.newUser();
    // The provider takes its time: most of the push waits in the queue.
    const held = await holdQueue(stores);
    const id = await compose();
    await expect.poll(async () => (await get(id)).targeted).toBe(400);
    expect(await support.operate('POST', `/push/${id}/cancel`)).toMatchObject({
      code: 0,
      data: { id, push_status: 3 },
    });
    await expect.poll(async () => (await get(id)).cancelled).toBe(400);
    await held.release();
    expect(await get(id)).toMatchObject({ push_status: 3, targeted: 400, sent: 0, cancelled: 400 });
    // What would still be there is delivered before this one.
    const next = await compose();
    await settled(next);
    expect(delivered(id)).toEqual([]);
    const { data } = await support.ask<{ data: Push[] }>('GET', '/api/push/log', user.token);
    expect(data.data.map((one) => one.id)).toEqual([next]);
    // Again is no error, and a push that has gone out cannot be cancelled.
    expect((await support.operate('POST', `/push/${id}/cancel`)).code).toBe(0);
    expect(await support.operate('POST', `/push/${next}/cancel`)).toMatchObject({ code: 10000 });
    expect((await support.operate('POST', '/push/999999/cancel')).code).toBe(10001);
  });
});
