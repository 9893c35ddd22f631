import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startApp, testStores, type AppProcess } from '@portico/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { environmentOf, newMail, newPhone, startInstance, type Instance } from '../testing/support.ts';

/** From what a provider says, through the notifier, to what a client reads. */
const stores = testStores();
const dataDir = mkdtempSync(join(tmpdir(), 'app-support-'));
const mongo = new MongoClient(stores.mongodbUri);
let answer = { status: 200, message: '' };
const gateway = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(answer.status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ message: answer.message }));
  });
});
let support: Instance;
let notifier: AppProcess;
beforeAll(async () => {
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const { port } = gateway.address() as AddressInfo;
  support = await startInstance(stores);
  notifier = await startApp('notifier', {
    ...environmentOf(stores),
    DATA_DIR: dataDir,
    MONGODB_DATABASE: `${stores.database}_notifier`,
    SMS_PROVIDER: 'http',
    SMS_HTTP_URL: `http://127.0.0.1:${port}/`,
    SMS_HTTP_SECRET: 'a secret',
    EMAIL_PROVIDER: 'smtp',
    // Nobody listens there.
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: '1',
    SMTP_TLS: 'none',
    MAIL_FROM: 'Portico <no-reply@example.com>',
  });
});
afterAll(async () => {
  await notifier.stop();
  await support.close();
  await mongo.db(`${stores.database}_notifier`).dropDatabase();
  await mongo.close();
  gateway.close();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(() => mongo.db(stores.database).collection('code_sends').deleteMany({}));

const send = async (account: string) =>
  (await support.ask('POST', '/api/auth/send_code', undefined, { account })).code;

it.each([
  [402, '余额不足', 10011],
  [500, '系统错误', 10012],
  [401, '签名错误', 10013],
])('an SMS gateway that answers %i (%s) is %i', async (status, message, code) => {
  answer = { status, message };
  expect(await send(newPhone())).toBe(0);
  await expect.poll(() => send(newPhone())).toBe(code);
  const { data } = await support.operate<{ data: object[] }>('GET', '/channels');
  expect(data.data[0]).toMatchObject({
    channel: 'sms',
    state: 'closed',
    code,
    recent: expect.arrayContaining([
      expect.objectContaining({ reason: message, provider: 'http' }),
    ]) as object[],
  });
});

it('a mail server that is away is 10014', async () => {
  expect(await send(newMail())).toBe(0);
  await expect.poll(() => send(newMail())).toBe(10014);
});
