import { call, startApp, testStores, type AppProcess } from '@portico/testing';
import { createSealer } from '@portico/queue';
import { MongoClient } from 'mongodb';
import { afterAll, expect, it } from 'vitest';
import { holdQueue } from '../testing/hold-queue.ts';
import { manyDevices } from '../testing/many-devices.ts';
import { notifierPeer } from '@portico/outbox/testing';
import { environmentOf, operatorToken, sealingKeys, type Envelope } from '../testing/support.ts';

const stores = testStores();
const mongo = new MongoClient(stores.mongodbUri);
const database = mongo.db(stores.database);
const peer = notifierPeer('app-support', stores, createSealer(sealingKeys));
const limit = 300;
const deviceCount = 1000;
const environment = { ...environmentOf(stores), PUSH_QUEUE_LIMIT: String(limit) };
afterAll(async () => {
  await peer.close();
  await mongo.close();
});

interface Push {
  id: number;
  push_status: number;
  targeted: number;
  sent: number;
}
interface StoredPush {
  _id: number;
  work: { cursor: number; page: number };
}
const operate = async (app: AppProcess, method: string, path: string, body?: unknown) => {
  const headers = { Authorization: operatorToken() };
  const answer = await call<Envelope<Push>>(`${app.url}/api/admin${path}`, { method, body, headers });
  return answer.body.data;
};

it('goes on where a killed process left it, and neither skips nor repeats a page', async () => {
  const held = await holdQueue(stores);
  const first = await startApp('app-support', environment);
  await expect.poll(() => call(`${first.operationsUrl}/readyz`).then(({ status }) => status)).toBe(200);
  const devices = await manyDevices(database, 'device', deviceCount);
  const body = { push_title: '标题', push_body: '内容', push_scope: 0 };
  const { id } = await operate(first, 'POST', '/push', body);
  // The queue is full: the fan-out waits in the middle.
  await expect.poll(() => operate(first, 'GET', `/push/${id}`).then(({ targeted }) => targeted)).toBe(limit);
  // Marked too: a job that was taken before it is marked is enqueued again, for the notifier to tell apart.
  const unmarked = { 'outbox.enqueued': 0 };
  await expect.poll(() => database.collection('push_pages').countDocuments(unmarked)).toBe(0);
  await first.kill();

  // A kill between the writing of a page and the moving of the cursor leaves the cursor a page behind.
  const pushes = database.collection<StoredPush>('pushes');
  const before = await pushes.findOne({ _id: id });
  expect(before?.work).toMatchObject({ page: 3, cursor: devices[299]?.device });
  await pushes.updateOne(
    { _id: id },
    // And its lease has run out.
    { $set: { 'work.page': 2, 'work.cursor': devices[199]?.device as number, 'work.due': new Date() } },
  );
  // Devices come and go meanwhile: that page is written, it stays as it is.
  await database.collection('devices').deleteOne({ clientId: 'device-250' });

  const [second, third] = await Promise.all([
    startApp('app-support', environment),
    startApp('app-support', environment),
  ]);
  await held.release();
  const status = () => operate(second, 'GET', `/push/${id}`).then(({ push_status }) => push_status);
  await expect.poll(status).toBe(1);
  expect(await operate(third, 'GET', `/push/${id}`)).toMatchObject({
    targeted: deviceCount,
    sent: deviceCount,
  });
  expect(peer.messages.map(({ to }) => to).sort()).toEqual(devices.map(({ clientId }) => clientId).sort());
  expect(await Promise.all([second.stop(), third.stop()])).toEqual([0, 0]);
});
