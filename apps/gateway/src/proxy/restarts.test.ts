import { createApp, createLogger, createMetrics, defineRoute, listen, publicAccess } from '@portico/service';
import type { Dialect } from '@portico/envelope';
import { freePort } from '@portico/data-stores';
import { Pool } from 'undici';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestGateway } from '../testing/test-gateway.ts';
import { dialects } from '../services.ts';

/** An instance as services run it: the same application and the same way to stop. */
async function startInstance(port: number, counted: () => void) {
  const app = createApp({
    dialect: dialects.get('account-pool') as Dialect,
    logger: createLogger('test', 'silent'),
    metrics: createMetrics('test'),
    info: { title: 't', version: '1', description: 'd', failure: z.object({}) },
    routes: [
      defineRoute({
        method: 'GET',
        path: '/s/v1/:owner/acquire',
        summary: 's',
        tag: 't',
        access: publicAccess,
        unsafeGet: true,
        output: z.any(),
        errors: [],
        async handle() {
          counted();
          // Some requests are under way whenever an instance stops.
          await new Promise((resolve) => setTimeout(resolve, 5));
          return { data: [] };
        },
      }),
    ],
  });
  return listen(app, { host: '127.0.0.1', port });
}

describe('rolling restarts', () => {
  it('lose no request and repeat none, though it may not be repeated', async () => {
    let handled = 0;
    const ports = [await freePort(), await freePort()];
    const start = (port: number) => startInstance(port, () => (handled += 1));
    const instances = await Promise.all(ports.map(start));
    afterAll(() => Promise.all(instances.map((instance) => instance.close(0))));
    const gateway = await startTestGateway(
      {},
      { ACCOUNT_POOL_URL: ports.map((port) => `http://127.0.0.1:${port}`).join(',') },
    );
    const clients = new Pool(gateway.url, { connections: 20 });
    afterAll(() => clients.close());

    const answers: Promise<number>[] = [];
    const send = async () => {
      const answer = await clients.request({ method: 'GET', path: '/s/v1/o/acquire' });
      await answer.body.dump();
      return answer.statusCode;
    };
    // 200 requests a second.
    const sending = setInterval(() => answers.push(send()), 5);
    for (let round = 0; round < 10; round += 1) {
      const index = round % 2;
      await instances[index]?.close(120_000);
      instances[index] = await start(ports[index] ?? 0);
      const before = handled;
      await expect.poll(() => handled - before).toBeGreaterThan(20);
    }
    clearInterval(sending);
    const statuses = await Promise.all(answers);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(statuses.length).toBeGreaterThan(200);
    expect(handled).toBe(statuses.length);
  });
});
