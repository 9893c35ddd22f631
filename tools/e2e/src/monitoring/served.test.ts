import { call, startApp, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { apps } from '@portico/launcher';
import { startCluster, type Cluster } from '../resilience/cluster.ts';
import { metrics, servedProblems } from '@portico/deployment';

const scrape = async (operationsUrl: string): Promise<string> => {
  const answer = await fetch(`${operationsUrl}/metrics`);
  expect(answer.status).toBe(200);
  return answer.text();
};

describe('the processes serve what the table says', () => {
  const stores = testStores();
  let cluster: Cluster;
  const scrapeOf = (app: string) => scrape(cluster.of(app)[0]?.process.operationsUrl ?? '');
  beforeAll(async () => {
    cluster = await startCluster({
      stores,
      name: stores.database,
      // A message centre that is not there.
      environment: { SMS_PHONE_SMPP_URL: 'smpp://127.0.0.1:1' },
    });
    // What has no samples before something happens: requests, and a message that goes out.
    for (const { instance, process } of cluster.members)
      if (instance.app.kind === 'service') await call(`${process.url}/openapi.json`);
    const sent = await call(`${cluster.url}/app-support/api/auth/send_code`, {
      method: 'POST',
      body: { area: '86', account: '13800138000' },
    });
    expect(sent.body).toMatchObject({ code: 0 });
    await vi.waitFor(async () => expect(await scrapeOf('notifier')).toContain('notifier_deliveries_total{'), {
      timeout: 120_000,
      interval: 50,
    });
  });
  afterAll(() => cluster.close());

  it.each(apps)('$name', async ({ name }) => {
    expect(servedProblems(name, await scrapeOf(name), metrics)).toEqual([]);
  });

  it('and count what happens', async () => {
    const pool = `${cluster.url}/s/v1/monitoring`;
    await call(`${pool}/upload`, { body: [{ platform: 'x', customId: 'a', data: 'd' }] });
    for (const _ of [1, 2]) await call(`${pool}/acquire?platform=x`);
    const login = await call(`${cluster.url}/customer-service/api/auth/login`, {
      body: { email: 'nobody@example.com', password: 'a wrong password' },
    });
    expect(login.status).toBe(401);
    const counted = async (app: string, sample: string) =>
      (await scrapeOf(app)).split('\n').find((line) => line.startsWith(sample));
    expect(await counted('account-pool', 'leases_granted_total')).toMatch(/ 1$/);
    expect(await counted('account-pool', 'leases_refused_total')).toMatch(/ 1$/);
    expect(await counted('customer-service', 'auth_password_checks_total{result="wrong"')).toMatch(/ 1$/);
    expect(await counted('notifier', 'notifier_deliveries_total{')).toMatch(/outcome="sent".* 1$/);
  });
});

it('a scrape answers while no store does, and says so', async () => {
  const service = await startApp('account-pool', {
    LOG_LEVEL: 'silent',
    PORT: '0',
    OPERATIONS_PORT: '0',
    MONGODB_URI: 'mongodb://127.0.0.1:1',
    REDIS_URL: 'redis://127.0.0.1:1',
  });
  onTestFinished(() => service.kill());
  let text = '';
  const scrapeMs = async () => {
    const begun = performance.now();
    text = await scrape(service.operationsUrl);
    return performance.now() - begun;
  };
  // Prometheus gives up after 10 s. Not each must be so quick, because the machine may be busy.
  await expect.poll(scrapeMs).toBeLessThan(8000);
  expect(text).toContain('readiness_check_ok{check="mongodb",app="account-pool"} 0');
  expect(text).toContain('readiness_check_ok{check="redis",app="account-pool"} 0');
});
