import { testStores } from '@portico/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Verdict } from '@portico/outbox/testing';
import { newMail, newPhone, operatorToken, startSupport, type Support } from '../testing/support.ts';

const stores = testStores();
let support: Support;
beforeAll(async () => {
  support = await startSupport(stores);
});
afterAll(() => support.close());
beforeEach(async () => {
  support.peer.decide(() => ({ status: 'sent' }));
  await support.database.collection('code_sends').deleteMany({});
});

interface Channel {
  channel: string;
  state: string;
  code: number | null;
  cause: string | null;
  closed_until: string | null;
  last_success_at: string | null;
  recent: {
    hint: string;
    status: string;
    cause: string | null;
    reason: string | null;
    provider: string | null;
  }[];
}
const send = (account: string) => support.ask('POST', '/api/auth/send_code', undefined, { account });
async function channel(name: string): Promise<Channel> {
  const { data } = await support.operate<{ data: Channel[] }>('GET', '/channels');
  const found = data.data.find((one) => one.channel === name);
  if (!found) throw new Error(`no channel ${name}`);
  return found;
}
const failing = (verdict: Partial<Verdict>): Verdict => ({
  status: 'failed',
  provider: 'http',
  reason: 'the words of the provider',
  ...verdict,
});

describe('a provider that fails', () => {
  it.each([
    ['out_of_credit', 10011, '短信服务欠费'],
    ['provider_error', 10012, '短信服务其他错误信息'],
    ['unavailable', 10013, '短信服务不可用, 可能是服务变更或参数错误导致'],
  ] as const)('with %s makes send_code answer %i, and operators see why', async (cause, code, message) => {
    support.peer.decide(() => failing({ status: 'retrying', cause }));
    // The answer does not wait for the provider.
    expect((await send(newPhone())).code).toBe(0);
    await expect.poll(async () => (await channel('sms')).state).toBe('closed');
    const other = await support.another();
    const refused = await other.ask('POST', '/api/auth/send_code', undefined, { account: newPhone() });
    expect(refused).toEqual({ code, message, data: {} });
    expect(await channel('sms')).toMatchObject({ code, message, cause, last_success_at: null });
    expect((await channel('sms')).recent).toMatchObject([
      {
        status: 'retrying',
        cause,
        reason: 'the words of the provider',
        provider: 'http',
        hint: expect.stringMatching(/^\+86\*{7}\d{4}$/) as string,
      },
    ]);
    // One channel only.
    expect((await send(newMail())).code).toBe(0);
  });

  it('for mail makes it answer 10014', async () => {
    support.peer.decide(() => failing({ cause: 'unavailable' }));
    expect((await send(newMail())).code).toBe(0);
    await expect.poll(async () => (await send(newMail())).code).toBe(10014);
    expect(await send(newMail())).toMatchObject({
      message: '邮件服务不可用, 可能是服务变更或参数错误导致',
    });
    expect(await channel('email')).toMatchObject({ state: 'closed', code: 10014, cause: 'unavailable' });
    expect((await send(newPhone())).code).toBe(0);
  });

  it('is tried again once it has sent what it failed at first', async () => {
    let sent = false;
    support.peer.decide(() =>
      sent ? { status: 'sent' } : failing({ status: 'retrying', cause: 'unavailable' }),
    );
    const early = newPhone();
    await send(early);
    await expect.poll(async () => (await channel('sms')).state).toBe('closed');
    sent = true;
    // As the notifier does when the retry has succeeded.
    await support.database
      .collection('code_sends')
      .updateMany({}, { $set: { 'outbox.$[].due': new Date() } });
    await expect.poll(async () => (await channel('sms')).state).toBe('open');
    expect((await send(newPhone())).code).toBe(0);
  });

  it('is tried again after a minute', async () => {
    support.peer.decide(() => failing({ cause: 'out_of_credit' }));
    await send(newPhone());
    await expect.poll(async () => (await channel('sms')).state).toBe('closed');
    const past = new Date(Date.now() - 60_000);
    await support.database.collection('code_sends').updateMany({}, { $set: { outcomeAt: past } });
    expect((await send(newPhone())).code).toBe(0);
  });

  it('at one address closes this address only', async () => {
    support.peer.decide(() => failing({ status: 'invalid', cause: 'invalid_recipient' }));
    const phone = newPhone();
    await send(phone);
    await expect.poll(async () => (await send(phone)).code).toBe(10012);
    expect(await channel('sms')).toMatchObject({ state: 'open' });
    expect((await send(newPhone())).code).toBe(0);
  });
});

describe('a sent code', () => {
  it('is nowhere in the database in clear, nor is the whole address', async () => {
    const phone = newPhone();
    const code = await support.newCode(phone);
    await expect.poll(async () => (await channel('sms')).recent.length).toBe(1);
    const stored = JSON.stringify(await support.database.collection('code_sends').find().toArray());
    expect(stored).toContain('hint');
    expect(stored).not.toContain(phone);
    expect(stored).not.toContain(`"${code}"`);
  });

  it('says how long it is good for and by which request it was asked', async () => {
    const phone = newPhone();
    await support.newCode(phone);
    const [message] = support.peer.to(`+86${phone}`);
    expect(message).toMatchObject({ template: 'verification-code', data: { minutes: 10 } });
    expect(message?.requestId).toMatch(/^[\w-]{8,}$/);
    const left = Date.parse(message?.expiresAt ?? '') - Date.now();
    expect(left).toBeGreaterThan(300_000);
    expect(left).toBeLessThanOrEqual(600_000);
  });
});

it.each([
  [{ account: '123' }],
  [{ account: '' }],
  [{}],
  [{ account: { $ne: null } }],
  [{ account: '13800000000', area: '1' }],
  [{ account: '13800000000', area: 'cn' }],
  [{ account: '13800000000', purpose: 'anything' }],
])('%j is refused with 10005', async (body) => {
  const answer = await support.ask('POST', '/api/auth/send_code', undefined, body);
  expect(answer).toMatchObject({ code: 10005, data: {} });
});

it('keeps the channels for operators', async () => {
  const { token } = await support.newUser();
  expect((await support.ask('GET', '/api/admin/channels')).code).toBe(10004);
  expect((await support.ask('GET', '/api/admin/channels', token)).code).toBe(10004);
  expect((await support.ask('GET', '/api/admin/channels', operatorToken('user'))).code).toBe(10003);
});
