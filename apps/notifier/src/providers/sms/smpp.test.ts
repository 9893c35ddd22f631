import type { AddressInfo, Server } from 'node:net';
import { smpp, type PackageSession as Session, type Pdu } from '@portico/smpp';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '@portico/data-stores';
import { attempt } from '../../peers/attempt.ts';
import type { DeliveryReceipt } from '../provider.ts';
import { smppProvider, type SmppOptions } from './smpp.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A message centre: takes binds with the right password and answers `submit_sm` as told. */
async function centre(status: (pdu: Pdu, count: number) => number | undefined = () => 0, port = 0) {
  const submitted: Pdu[] = [];
  const binds: string[] = [];
  const sessions: Session[] = [];
  const server: Server = smpp.createServer((session) => {
    sessions.push(session);
    session.on('error', () => undefined);
    const bind = (pdu: Pdu) => {
      binds.push(pdu.command);
      const right = pdu.system_id === 'portico' && pdu.password === 'secret';
      session.send(pdu.response({ command_status: right ? 0 : 0x0e }));
    };
    session.on('bind_transmitter', bind);
    session.on('bind_transceiver', bind);
    session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu: Pdu) => {
      session.send(pdu.response());
      session.close();
    });
    session.on('submit_sm', (pdu: Pdu) => {
      submitted.push(pdu);
      const answer = status(pdu, submitted.length);
      if (answer === undefined) return;
      session.send(pdu.response({ command_status: answer, message_id: `smsc-${submitted.length}` }));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () => {
    for (const session of sessions) session.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  closing.push(close);
  return {
    url: `smpp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    submitted,
    binds,
    sessions,
    close,
  };
}

function providerAt(url: string, more: Partial<SmppOptions> = {}) {
  const provider = smppProvider({
    url,
    systemId: 'portico',
    password: 'secret',
    source: 'Portico',
    bind: 'transceiver',
    window: 10,
    timeoutMs: 500,
    enquireEveryMs: 60_000,
    ...more,
  });
  closing.push(() => provider.close?.());
  return provider;
}

const sms = (text: string) => ({ id: 'message-1', to: '+8613800000000', text, template: 'x', data: {} });
const textOf = ({ short_message: body }: Pdu) =>
  typeof body === 'object' && !Buffer.isBuffer(body) ? String(body.message) : String(body);

describe('SMPP', () => {
  it.each(['transmitter', 'transceiver'] as const)(
    'binds as %s and submits over one session',
    async (bind) => {
      const { url, submitted, binds } = await centre();
      const provider = providerAt(url, { bind });
      expect(
        await Promise.all([1, 2, 3].map(() => attempt(provider, sms('Your code is 493817')))),
      ).toHaveLength(3);
      expect(binds).toEqual([`bind_${bind}`]);
      expect(submitted[0]).toMatchObject({
        destination_addr: '8613800000000',
        source_addr: 'Portico',
        source_addr_ton: 5,
        registered_delivery: 1,
        data_coding: 0,
      });
      expect(textOf(submitted[0] as Pdu)).toBe('Your code is 493817');
    },
  );

  it('sends Chinese as UCS-2, and a long text in parts that belong together', async () => {
    const { url, submitted } = await centre();
    const provider = providerAt(url);
    const text = '您的验证码是 493817。'.repeat(12);
    expect(await attempt(provider, sms(text))).toEqual({ sent: 'smsc-1' });
    expect(submitted).toHaveLength(3);
    expect(submitted.every(({ data_coding: coding }) => coding === 8)).toBe(true);
    expect(submitted.every(({ esm_class: esm = 0 }) => (esm & 0x40) !== 0)).toBe(true);
    const headers = submitted.map(({ short_message: body }) => (body as { udh: Buffer[] }).udh[0]);
    expect(headers.map((udh) => [udh?.[3], udh?.[4]])).toEqual([
      [3, 1],
      [3, 2],
      [3, 3],
    ]);
    expect(new Set(headers.map((udh) => udh?.[2])).size).toBe(1);
    expect(submitted.map(textOf).join('')).toBe(text);
  });

  it.each([
    [0x0b, { outcome: 'permanent', cause: 'invalid_recipient', code: 'ESME_RINVDSTADR' }],
    [
      0x58,
      { outcome: 'retry', cause: 'rate_limited', code: 'ESME_RTHROTTLED', retryAfterMs: 1000, pause: true },
    ],
    [
      0x14,
      { outcome: 'retry', cause: 'rate_limited', code: 'ESME_RMSGQFUL', retryAfterMs: 1000, pause: true },
    ],
    [0x08, { outcome: 'retry', cause: 'provider_error', code: 'ESME_RSYSERR' }],
    [0x45, { outcome: 'permanent', cause: 'rejected', code: 'ESME_RSUBMITFAIL' }],
  ])('classifies the status %i', async (status, expected) => {
    const { url } = await centre(() => status);
    expect(await attempt(providerAt(url), sms('x'))).toEqual(expected);
  });

  it('says that the centre refused the bind, or that there is none', async () => {
    const { url } = await centre();
    expect(await attempt(providerAt(url, { password: 'wrong' }), sms('x'))).toEqual({
      outcome: 'retry',
      cause: 'unavailable',
      code: 'ESME_RINVPASWD',
    });
    const nobody = `smpp://127.0.0.1:${await freePort()}`;
    expect(await attempt(providerAt(nobody), sms('x'))).toMatchObject({
      outcome: 'retry',
      cause: 'unavailable',
    });
  });

  it('does not know what a silent centre did, nor one whose connection broke', async () => {
    const silent = await centre(() => undefined);
    const provider = providerAt(silent.url);
    expect(await attempt(provider, sms('x'), 200)).toMatchObject({ outcome: 'unknown' });
    const pending = attempt(provider, sms('x'));
    await expect.poll(() => silent.submitted.length).toBe(2);
    for (const session of silent.sessions) session.destroy();
    expect(await pending).toMatchObject({ outcome: 'unknown' });
  });

  it('binds again after the centre restarted, or stopped to answer', async () => {
    const first = await centre();
    const provider = providerAt(first.url, { enquireEveryMs: 100, timeoutMs: 200 });
    expect(await attempt(provider, sms('x'))).toMatchObject({ sent: 'smsc-1' });
    const port = Number(new URL(first.url).port);
    await first.close();
    await expect.poll(() => attempt(provider, sms('x'))).toMatchObject({ outcome: 'retry' });
    const second = await centre(() => 0, port);
    expect(await attempt(provider, sms('x'))).toMatchObject({ sent: 'smsc-1' });
    for (const session of second.sessions) session.removeAllListeners('enquire_link');
    await expect
      .poll(async () => {
        await attempt(provider, sms('x'));
        return second.binds.length;
      })
      .toBeGreaterThan(1);
  });

  it('hears delivery receipts and answers them', async () => {
    const { url, sessions } = await centre();
    const receipts: DeliveryReceipt[] = [];
    const provider = providerAt(url, { onReceipt: (receipt) => receipts.push(receipt) });
    await attempt(provider, sms('x'));
    const text =
      'id:smsc-1 sub:001 dlvrd:000 submit date:2611210100 done date:2611210101 stat:UNDELIV err:034 text:';
    const answered = new Promise<number>((resolve) => {
      sessions[0]?.deliver_sm({ esm_class: 4, source_addr: '8613800000000', short_message: text }, (pdu) =>
        resolve(pdu.command_status),
      );
    });
    expect(await answered).toBe(0);
    expect(receipts).toEqual([{ messageId: 'smsc-1', state: 'UNDELIV', code: '034' }]);
  });
});
