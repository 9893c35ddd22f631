import { setTimeout as delay } from 'node:timers/promises';
import { startApp, testStores, type AppProcess } from '@portico/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { canonical, environmentOf, newPhones, startService, type Service } from '../testing/support.ts';

/* Two instances that are killed again and again while 32 clients of 4 users lease, receive and release. */
const stores = testStores();
const environment = { ...environmentOf(stores), COOL_DOWN_SECONDS: '1' };
const connections = 32;
const credit = 1000;
let service: Service;
let instances: AppProcess[];
beforeAll(async () => {
  service = await startService(stores, { COOL_DOWN_SECONDS: '1' });
  instances = await Promise.all([startApp('sms-phone', environment), startApp('sms-phone', environment)]);
});
afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.stop()));
  await service.close();
});

it('adds up at every moment, loses no acknowledged lease and leases no number twice while instances are killed', async () => {
  // More than can be used up: a number that has received a code is not given out again.
  await service.addNumbers(newPhones(1000));
  const project = await service.newProject();
  const users = await Promise.all(Array.from({ length: 4 }, () => service.newUser(credit)));
  const acknowledged: { userId: number; phone: string }[] = [];
  let working = true;

  const client = async (n: number) => {
    const user = users[n % users.length];
    for (let round = 0; working && user; round += 1) {
      const url = instances[(n + round) % 2]?.url ?? '';
      const ask = service.askAt(url, user.token);
      try {
        const { body } = await ask('/api/get_phone', { project_id: project });
        if (body.code !== 0 || body.data === undefined) {
          await delay(20);
          continue;
        }
        acknowledged.push({ userId: user.id, phone: canonical(body.data) });
        if (round % 5 === 0) {
          const message = { to: body.data, text: `code ${n}${round}`, id: `${n}-${round}` };
          await service.bring(message, undefined, undefined, url);
        }
        await ask('/api/release_phone', { project_id: project, phone: body.data });
      } catch {
        // The instance was killed.
        await delay(20);
      }
    }
  };
  let samples = 0;
  const sample = async () => {
    for (; working; samples += 1) await service.audit();
  };
  const clients = Promise.all([sample(), ...Array.from({ length: connections }, (_, n) => client(n))]);
  // What fails in the background ends the test at once.
  const progress = async () => {
    for (let kill = 0; kill < 2; kill += 1) {
      const before = acknowledged.length;
      await expect.poll(() => acknowledged.length).toBeGreaterThan(before + 16);
      await instances[kill % 2]?.kill();
      instances[kill % 2] = await startApp('sms-phone', environment);
    }
  };
  await Promise.race([progress(), clients]);
  working = false;
  await clients;
  expect(samples).toBeGreaterThan(1);

  const leases = service.database.collection('leases');
  const twice = await leases
    .aggregate([
      { $match: { occupied: true } },
      { $group: { _id: '$phone', n: { $sum: 1 } } },
      { $match: { n: { $gt: 1 } } },
    ])
    .toArray();
  expect(twice).toEqual([]);
  const written = new Set((await leases.find().toArray()).map(({ userId, phone }) => `${userId}:${phone}`));
  expect(acknowledged.filter(({ userId, phone }) => !written.has(`${userId}:${phone}`))).toEqual([]);

  // Leases whose client was cut off end by themselves.
  await leases.updateMany({ state: 'active' }, { $set: { endsAt: new Date() } });
  for (const job of service.jobs) await job.run();
  await service.audit();
  const balances = await Promise.all(users.map((user) => user.balance()));
  const captured = await leases.countDocuments({ state: 'captured' });
  expect(balances.every(([, frozen]) => frozen === 0)).toBe(true);
  expect(balances.reduce((sum, [balance = 0]) => sum + balance, 0)).toBe(users.length * credit - captured);
});
