import { testStores } from '@portico/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSimulator, type Simulator } from './simulator/simulator.ts';
import { canonical, newPhones, startService, type Service } from './testing/support.ts';

const stores = testStores();
let simulator: Simulator;
let service: Service;
beforeAll(async () => {
  simulator = await startSimulator();
  // Nothing is swept by itself.
  service = await startService(stores, { SMPP_URL: simulator.url, SWEEP_MS: '3600000' });
});
afterAll(async () => {
  await service.close();
  await simulator.close();
});

/** What a scrape says of a metric. */
async function shown(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const metric = await service.metrics.registry.getSingleMetric(name)?.get();
  return metric?.values.find((value) =>
    Object.entries(labels).every(([key, label]) => value.labels[key] === label),
  )?.value;
}

it('leases are counted when they begin, find no number and end by themselves', async () => {
  const [phone = ''] = newPhones(1);
  await service.addNumbers([phone]);
  const project_id = await service.newProject();
  const user = await service.newUser(5);
  for (const _ of [1, 2]) await user.ask('/api/get_specified_phone', { project_id, phone });
  expect(await shown('leases_granted_total')).toBe(1);
  expect(await shown('leases_refused_total')).toBe(1);
  expect(await shown('leases_overdue_seconds')).toBe(0);

  const endsAt = new Date(Date.now() - 90_000);
  await service.database.collection('leases').updateOne({ phone: canonical(phone) }, { $set: { endsAt } });
  expect(await shown('leases_overdue_seconds')).toBeCloseTo(90, -1);
  await service.jobs.find(({ name }) => name === 'leases')?.run();
  expect(await shown('leases_overdue_seconds')).toBe(0);
  expect(await shown('leases_expired_total')).toBe(1);
});

it('messages are counted by whether they belong to a lease', async () => {
  const [phone = '', other = ''] = newPhones(2);
  await service.addNumbers([phone, other]);
  const user = await service.newUser(5);
  await user.ask('/api/get_specified_phone', { project_id: await service.newProject(), phone });
  await service.bring({ id: 'one', to: phone, text: '验证码 1234' });
  await service.bring({ id: 'one', to: phone, text: '验证码 1234' });
  await service.bring({ to: other, text: '验证码 1234' });
  expect(await shown('sms_phone_messages_total', { matched: 'yes' })).toBe(1);
  expect(await shown('sms_phone_messages_total', { matched: 'no' })).toBe(1);
});

it('the message centre is bound or not', async () => {
  await expect.poll(() => shown('sms_phone_smpp_bound')).toBe(1);
  await simulator.close();
  await expect.poll(() => shown('sms_phone_smpp_bound')).toBe(0);
});
