import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startService, type Service } from '../testing/support.ts';
import { twilioSignatureOf } from './webhook.routes.ts';

const [former, next, foreign] = ['the former secret', 'the secret that is next', 'the secret of nobody'];
const stores = testStores();
let service: Service;
beforeAll(async () => {
  service = await startService(stores, {
    SMS_INBOUND_SECRET: `${former}, ${next}`,
    TWILIO_AUTH_TOKEN: `${former},${next}`,
  });
});
afterAll(() => service.close());

it('takes messages that are signed with the former secret or the next, and no others', async () => {
  const statusOf = async (secret: string) =>
    (await service.bring({ to: '13800000000', text: `by ${secret}` }, undefined, secret)).status;
  expect(await Promise.all([former, next, foreign].map(statusOf))).toEqual([200, 200, 401]);
  // Neither is the list itself a secret.
  expect(await statusOf(`${former}, ${next}`)).toBe(401);
});

it('takes both tokens of Twilio while one is promoted', async () => {
  const url = `${service.url}/sms-phone/inbound/twilio`;
  const statusOf = async (token: string) => {
    const parameters = new URLSearchParams({
      MessageSid: `SM ${token}`,
      From: '+12025550100',
      To: '+8613800000001',
      Body: `by ${token}`,
    });
    const answer = await call<string>(`${service.url}/inbound/twilio`, {
      body: parameters.toString(),
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'X-Twilio-Signature': twilioSignatureOf(token, url, parameters),
      },
    });
    return answer.status;
  };
  expect(await Promise.all([former, next, foreign].map(statusOf))).toEqual([200, 200, 401]);
});
