import { setTimeout as delay } from 'node:timers/promises';
import { startApp, testStores, type AppProcess } from '@portico/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WalletRecord } from '../ledger/wallets.model.ts';
import { environmentOf, newPhones, startService, type Service } from '../testing/support.ts';

/* Two instances that are killed again and again while users lease, receive and release. */
const stores = testStores();
const environment = { ...environmentOf(stores), COOL_DOWN_SECONDS: '1' };
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

it('money is neither made nor lost, and no number is leased to two', async () => {
  // More than can be used up: a number that has received a code is not given out again.
  const phones = newPhones(2000);
  await service.addNumbers(phones);
  const project = await service.newProject();
  const users = await Promise.all(Array.from({ length: 12 }, () => service.newUser(1000)));
  let working = true;
  let leased = 0;

  const client = async (n: number) => {
    const user = users[n % users.length];
    if (!user) return;
    for (let round = 0; working; round += 1) {
      const url = instances[(n + round) % 2]?.url ?? '';
      const ask = service.askAt(url, user.token);
      try {
        const { body } = await ask('/api/get_phone', { project_id: project });
        if (body.code !== 0 || body.data === undefined) {
          await delay(20);
          continue;
        }
        leased += 1;
        const query = { project_id: project, phone: body.data };
        if (round % 5 === 0) {
          const text = `code ${n}${round}`;
          await service.bring({ to: body.data, text, id: `${n}-${round}` }, undefined, undefined, url);
        }
        await ask('/api/release_phone', query);
      } catch {
        // The instance was killed.
        await delay(20);
      }
    }
  };
  const clients = Promise.all(users.map((_, n) => client(n)));
  for (let kill = 0; kill < 4; kill += 1) {
    const before = leased;
    await expect.poll(() => leased).toBeGreaterThan(before + 20);
    await instances[kill % 2]?.kill();
    instances[kill % 2] = await startApp('sms-phone', environment);
  }
  working = false;
  await clients;

  const leases = service.database.collection('leases');
  const twice = await leases
    .aggregate([
      { $match: { occupied: true } },
      { $group: { _id: '$phone', n: { $sum: 1 } } },
      { $match: { n: { $gt: 1 } } },
    ])
    .toArray();
  expect(twice).toEqual([]);
  // What the kills left behind is finished; then everything adds up.
  const past = new Date(Date.now() - 60_000);
  const wallets = service.database.collection<WalletRecord>('wallets');
  for await (const { _id, entries = [] } of wallets.find({ entries: { $exists: true } })) {
    for (const { type, transaction, lease } of entries) {
      if (type !== 'hold' || (await leases.findOne({ _id: lease as never }))) continue;
      await wallets.updateOne(
        { _id, 'entries.transaction': transaction },
        { $set: { 'entries.$.at': past, pendingSince: past } },
      );
    }
  }
  await leases.updateMany({ state: 'active' }, { $set: { endsAt: new Date() } });
  for (const job of service.jobs) await job.run();
  await expect.poll(() => leases.countDocuments({ unsettledSince: { $exists: true } })).toBe(0);
  for (const job of service.jobs) await job.run();
  await service.audit();
  const balances = await Promise.all(users.map((user) => user.balance()));
  const captured = await leases.countDocuments({ state: 'captured' });
  expect(balances.every(([, frozen]) => frozen === 0)).toBe(true);
  expect(balances.reduce((sum, [balance = 0]) => sum + balance, 0)).toBe(12 * 1000 - captured);
});
