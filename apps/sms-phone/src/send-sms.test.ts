import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, testStores } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { environmentOf } from './testing/support.ts';

/* The command as developers use it, against an instance that runs its own message centre. */
const stores = testStores();
const text = '【淘宝】您的验证码是123456，5分钟内有效。如非本人操作，请忽略本短信。'.repeat(3);
let directory = '';
beforeAll(async () => (directory = await mkdtemp(join(tmpdir(), 'sms-send-'))));
afterAll(() => rm(directory, { recursive: true }));

const send = (environment: object, ...given: string[]) =>
  new Promise<{ failed: boolean; output: string }>((resolve) => {
    const file = join(import.meta.dirname, 'send-sms.ts');
    const env = { NODE_ENV: 'development', DATA_DIR: directory, ...environment };
    execFile(process.execPath, [file, ...given], { env }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, output: stdout + stderr }),
    );
  });
const message = ['--to', '13800000001', '--text', text];

it('brings a message through the connector', async () => {
  expect(await send({}, ...message)).toMatchObject({
    failed: true,
    output: expect.stringContaining('start the platform first') as string,
  });
  const app = await startApp('sms-phone', {
    ...environmentOf(stores),
    NODE_ENV: 'development',
    DATA_DIR: directory,
  });
  const mongo = await MongoClient.connect(stores.mongodbUri);
  const messages = mongo.db(stores.database).collection('messages');
  try {
    await expect.poll(async () => (await send({}, ...message)).failed).toBe(false);
    const stored = await messages.find().toArray();
    expect(stored).toMatchObject([{ provider: 'smpp', to: '+8613800000001', text }]);
  } finally {
    await mongo.close();
    await app.stop();
  }
});

it.each([
  ['without a text', {}, ['--to', '1'], 'usage'],
  ['in production', { NODE_ENV: 'production', SMPP_URL: 'smpp://127.0.0.1:1' }, message, 'for development'],
])('does nothing %s', async (_name, environment, given, expected) => {
  const { failed, output } = await send(environment, ...given);
  expect(failed).toBe(true);
  expect(output).toContain(expected);
});
