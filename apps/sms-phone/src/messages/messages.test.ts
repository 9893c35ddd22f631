import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { twilioSignatureOf } from '../inbound/webhook.routes.ts';
import {
  canonical,
  newPhones,
  startService,
  twilioToken,
  type Body,
  type Service,
} from '../testing/support.ts';

const stores = testStores();
let service: Service;
beforeAll(async () => (service = await startService(stores, { COOL_DOWN_SECONDS: '0' })));
afterAll(() => service.close());

const text = '【淘宝】您的验证码是123456，5分钟内有效。如非本人操作，请忽略本短信。';

interface Code extends Body {
  verification_code?: string;
  received_at?: string;
  sms?: { text: string }[];
}

/** A user with a lease of a number of its own. */
async function leased(change: object = {}) {
  const [phone = ''] = newPhones(1);
  await service.addNumbers([phone]);
  const project = await service.newProject(change);
  const user = await service.newUser(5);
  const query = { project_id: project, phone };
  expect((await user.ask('/api/get_specified_phone', query)).body.code).toBe(0);
  const code = (more = {}, who = user) => who.ask<Code>('/api/get_sms_code', { ...query, ...more });
  return { user, phone, project, query, code };
}
const inbox = async (phone: string) =>
  (
    await service.operate<{ items: { text: string; reason: string | null; status: string }[] }>(
      'GET',
      `/messages?unmatched=true&phone=${phone}`,
    )
  ).body.items;

describe('a code', () => {
  it('reaches who leases the number', async () => {
    const { phone, code } = await leased();
    const nothing = await code();
    expect(nothing).toMatchObject({ status: 200, body: { code: 1, data: null } });
    expect(nothing.headers.get('retry-after')).toBe('3');
    expect((await service.bring({ to: phone, text })).body).toMatchObject({
      success: true,
      duplicate: false,
    });
    await expect.poll(async () => (await code()).status, { interval: 300 }).toBe(200);
    await expect
      .poll(async () => (await code()).body, { interval: 1100 })
      .toMatchObject({
        message: '获取验证码成功',
        code: 0,
        data: text,
        verification_code: '123456',
        received_at: expect.stringMatching(/Z$/) as string,
        sms: [{ text }],
      });
  });

  it('is waited for, also at another instance', async () => {
    const { user, phone, query } = await leased();
    const other = await service.another();
    const waiting = service.askAt(other.url, user.token)<Code>('/api/get_sms_code', { ...query, wait: '20' });
    await service.bring({ to: phone, text });
    expect((await waiting).body).toMatchObject({ code: 0, data: text });
  });

  it('is asked for at most once a second', async () => {
    const { code } = await leased();
    expect((await code()).status).toBe(200);
    const early = await code();
    expect(early).toMatchObject({ status: 429, body: { code: 429, data: null } });
    expect(Number(early.headers.get('retry-after'))).toBe(1);
  });

  it.each([{ phone: '' }, { phone: 'abc' }, { project_id: '' }, { wait: '31' }])(
    'with %j is refused',
    async (change) => {
      const { code } = await leased();
      expect(await code(change)).toMatchObject({ status: 400, body: { code: 400, data: null } });
    },
  );
});

describe('a message', () => {
  it('that comes twice is one message and one charge', async () => {
    const { user, phone, code } = await leased();
    expect((await service.bring({ to: phone, text, id: 'same' })).body.duplicate).toBe(false);
    expect((await service.bring({ to: phone, text, id: 'same' })).body.duplicate).toBe(true);
    expect((await code()).body.sms).toHaveLength(1);
    expect(await user.balance()).toEqual([4, 0]);
    await service.audit();
  });

  it('that comes many times at once is one message and one charge', async () => {
    const { user, phone, code } = await leased();
    await Promise.all(
      Array.from({ length: 10 }, () => service.bring({ to: phone, text, id: `many-${phone}` })),
    );
    expect((await code()).body.sms).toHaveLength(1);
    expect(await user.balance()).toEqual([4, 0]);
  });

  it('of the same text under another id is a new message, also for who leases the number later', async () => {
    const [phone = ''] = newPhones(1);
    await service.addNumbers([phone]);
    expect((await service.bring({ to: phone, text, id: `d1-${phone}` })).body.duplicate).toBe(false);
    const user = await service.newUser(5);
    const query = { project_id: await service.newProject(), phone };
    await user.ask('/api/get_specified_phone', query);
    expect((await service.bring({ to: phone, text, id: `d2-${phone}` })).body.duplicate).toBe(false);
    expect((await user.ask<Code>('/api/get_sms_code', query)).body.data).toBe(text);
  });

  it('is a repeat under another id where the connector is known to send again, but never of one from before the lease', async () => {
    const instance = await service.another({ SMS_REDELIVERY: 'webhook:600' });
    const [phone = ''] = newPhones(1);
    await service.addNumbers([phone]);
    const bring = async (id: string) =>
      (await service.bring({ to: phone, text, id: `${id}-${phone}` }, undefined, undefined, instance.url))
        .body.duplicate;
    expect([await bring('a'), await bring('b')]).toEqual([false, true]);
    const user = await service.newUser(5);
    await user.ask('/api/get_specified_phone', { project_id: await service.newProject(), phone });
    expect([await bring('c'), await bring('d')]).toEqual([false, true]);
    await instance.close();
  });

  it('for a number written otherwise is for that number', async () => {
    const { phone, code } = await leased();
    await service.bring({ to: `+86${phone}`, text });
    expect((await code()).body.data).toBe(text);
  });

  it('that comes after the release is never shown to the next holder', async () => {
    const { user, phone, query, code } = await leased();
    await user.ask('/api/release_phone', query);
    await service.bring({ to: phone, text: '【淘宝】迟到的验证码 111111' });
    const next = await service.newUser(5);
    await expect.poll(async () => (await next.ask('/api/get_specified_phone', query)).body.code).toBe(0);
    expect((await code({}, next)).body).toMatchObject({ code: 1, data: null });
    expect(await next.balance()).toEqual([4, 1]);
    expect(await inbox(phone)).toMatchObject([{ text: '【淘宝】迟到的验证码 111111', reason: 'no lease' }]);
  });

  it('that no project matches is for the operators', async () => {
    const { user, phone, code } = await leased({ signatures: ['【淘宝】'] });
    await service.bring({ to: phone, text: '【京东】您的验证码是654321' });
    expect((await code()).body.code).toBe(1);
    expect(await user.balance()).toEqual([4, 1]);
    expect(await inbox(phone)).toMatchObject([{ reason: 'no project matches' }]);
  });

  it('goes to the project that it is for, of several on one number', async () => {
    const { user, phone, query } = await leased({ signatures: ['【淘宝】'] });
    const other = { project_id: await service.newProject({ pattern: '京东.*\\d{6}' }), phone };
    await user.ask('/api/get_specified_phone', other);
    await service.bring({ to: phone, text: '【京东】您的验证码是654321' });
    expect((await user.ask<Code>('/api/get_sms_code', other)).body.verification_code).toBe('654321');
    expect((await user.ask<Code>('/api/get_sms_code', query)).body.code).toBe(1);
    expect(await user.balance()).toEqual([3, 1]);
    await service.audit();
  });

  it('that was stored and not delivered when the process was killed is delivered', async () => {
    const { user, phone, code } = await leased();
    const now = new Date();
    await service.database.collection('messages').insertOne({
      _id: `crash-${phone}` as never,
      provider: 'smpp',
      to: canonical(phone),
      from: '10690000',
      text,
      receivedAt: now,
      content: `crash-${phone}`,
      state: 'stored',
      leaseId: null,
      reason: null,
      purgeAt: new Date(now.getTime() + 60_000),
    });
    await expect.poll(user.balance).toEqual([4, 0]);
    expect((await code()).body.data).toBe(text);
    await service.audit();
  });

  it('is purged after its time', async () => {
    const { phone } = await leased();
    await service.bring({ to: phone, text });
    const stored = await service.database.collection('messages').findOne({ to: canonical(phone) });
    const days = (Number(stored?.['purgeAt']) - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(30, 0);
    const indexes = await service.database.collection('messages').indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { purgeAt: 1 }, expireAfterSeconds: 0 }));
  });
});

describe('the webhook', () => {
  const now = () => Math.floor(Date.now() / 1000);

  it('changes nothing for a wrong signature, an old time or a body that came before', async () => {
    const { phone } = await leased();
    const count = () => service.database.collection('messages').countDocuments({ to: canonical(phone) });
    expect(await service.bring({ to: phone, text }, now(), 'another secret')).toMatchObject({ status: 401 });
    expect(await service.bring({ to: phone, text }, now() - 301)).toMatchObject({ status: 401 });
    expect(await service.bring({ to: phone, text }, now() + 301)).toMatchObject({ status: 401 });
    expect(
      await call(`${service.url}/inbound/webhook`, { body: { to: phone, from: 'x', text } }),
    ).toMatchObject({ status: 401 });
    expect(await count()).toBe(0);
    const at = now();
    expect((await service.bring({ to: phone, text }, at)).body.duplicate).toBe(false);
    expect((await service.bring({ to: phone, text }, at)).body.duplicate).toBe(true);
    expect(await count()).toBe(1);
  });

  it.each([
    [{ to: 'abc', text: 'x' }, 'to'],
    [{ to: '13800000000' }, 'text'],
    [{ to: { $ne: 1 }, text: 'x' }, 'to'],
  ])('refuses %j', async (message, field) => {
    const answer = await service.bring(message);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(field);
  });

  it('of Twilio is verified as Twilio says', async () => {
    const { phone, code } = await leased();
    const parameters = new URLSearchParams({
      MessageSid: `SM${phone}`,
      From: '+12025550100',
      To: `+86${phone}`,
      Body: text,
    });
    const url = `${service.url}/sms-phone/inbound/twilio`;
    const send = (signature: string) =>
      call<string>(`${service.url}/inbound/twilio`, {
        body: parameters.toString(),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Twilio-Signature': signature },
      });
    expect(await send('wrong')).toMatchObject({ status: 401 });
    expect((await code()).body.code).toBe(1);
    expect(await send(twilioSignatureOf(twilioToken, url, parameters))).toMatchObject({
      status: 200,
      body: '<Response/>',
    });
    await expect.poll(async () => (await code()).body.data, { interval: 1100 }).toBe(text);
  });
});
