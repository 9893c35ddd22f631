import type { AddressInfo, Server } from 'node:net';
import { freePort } from '@portico/data-stores';
import { startApp, testStores, type AppProcess } from '@portico/testing';
import { smpp, type PackageSession as Session, type Pdu } from '@portico/smpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partsOf, sendSms } from '../simulator/send.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { canonical, environmentOf, newPhones, startService, type Service } from '../testing/support.ts';

/** A message centre: delivers what it is told to whoever is bound, and remembers what was acknowledged. */
function centre() {
  const acknowledged: string[] = [];
  const sessions = new Set<Session>();
  let server: Server | undefined;
  const open = async (port = 0) => {
    const opened = smpp.createServer((session) => {
      session.on('bind_receiver', (pdu: Pdu) => {
        const isRight = pdu.system_id === 'portico' && pdu.password === 'secret';
        session.send(pdu.response({ command_status: isRight ? 0 : 0x0e }));
        session.setMaxListeners(0);
        if (isRight) sessions.add(session);
      });
      session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()));
      for (const event of ['close', 'error']) session.on(event, () => sessions.delete(session));
    });
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
    server = opened;
    return (opened.address() as AddressInfo).port;
  };
  const close = async () => {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  };
  /** Delivers; resolves with the status of the acknowledgement. */
  const deliver = (fields: object, name = '') =>
    new Promise<number>((resolve, reject) => {
      const [session] = sessions;
      if (!session) {
        reject(new Error('nobody is bound'));
        return;
      }
      session.once('close', () => reject(new Error('the session ended')));
      session.deliver_sm(fields, (pdu) => {
        if (pdu.command_status === 0) acknowledged.push(name);
        resolve(pdu.command_status);
      });
    });
  return { open, close, deliver, acknowledged, isBound: () => sessions.size > 0 };
}

const stores = testStores();
const smsc = centre();
let service: Service;
let port = 0;
beforeAll(async () => {
  port = await smsc.open();
  service = await startService(stores, { SMPP_URL: `smpp://127.0.0.1:${port}`, SMPP_PASSWORD: 'secret' });
});
afterAll(async () => {
  await service.close();
  await smsc.close();
});
const bound = (isBound = () => service.isBound() && smsc.isBound()) => expect.poll(isBound).toBe(true);

async function leased() {
  const [phone = ''] = newPhones(1);
  await service.addNumbers([phone]);
  const user = await service.newUser(5);
  const query = { project_id: await service.newProject(), phone };
  await user.ask('/api/get_specified_phone', query);
  const texts = async () => {
    const { body } = await user.ask<{ code: number; sms?: { text: string }[] }>('/api/get_sms_code', query);
    return body.code === 429 ? undefined : (body.sms ?? []).map(({ text }) => text);
  };
  const received = (expected: string[]) => expect.poll(texts, { interval: 1050 }).toEqual(expected);
  return { user, phone, received };
}
const long = '【淘宝】您的验证码是123456，5分钟内有效。如非本人操作，请忽略本短信。'.repeat(5);

describe('the connector', () => {
  it('takes messages in both alphabets', async () => {
    await bound();
    const { phone, received } = await leased();
    const base = { source_addr: '10690000', destination_addr: phone };
    expect(await smsc.deliver({ ...base, short_message: 'Your code is 1234 {€}', data_coding: 0 })).toBe(0);
    expect(await smsc.deliver({ ...base, short_message: '您的验证码是 5678', data_coding: 8 })).toBe(0);
    await received(['Your code is 1234 {€}', '您的验证码是 5678']);
  });

  it('joins three parts of a long Chinese message that come out of order', async () => {
    await bound();
    const { user, phone, received } = await leased();
    const [first = {}, second = {}, third = {}] = partsOf(long.slice(0, 180));
    const base = { source_addr: '10690000', destination_addr: phone };
    for (const part of [third, first, second]) expect(await smsc.deliver({ ...base, ...part })).toBe(0);
    await received([long.slice(0, 180)]);
    expect(await user.balance()).toEqual([4, 0]);
  });

  it('joins parts that say so by their parameters', async () => {
    await bound();
    const { phone, received } = await leased();
    const part = (place: number, message: string) => ({
      source_addr: '10690000',
      destination_addr: phone,
      short_message: message,
      data_coding: 0,
      sar_msg_ref_num: 77,
      sar_total_segments: 2,
      sar_segment_seqnum: place,
    });
    await Promise.all([smsc.deliver(part(2, 'is 4321')), smsc.deliver(part(1, 'Your code '))]);
    await received(['Your code is 4321']);
  });

  it('is not a message: a receipt', async () => {
    await bound();
    const { phone, received } = await leased();
    const receipt = {
      source_addr: 'x',
      destination_addr: phone,
      esm_class: 4,
      short_message: 'id:1 stat:DELIVRD',
    };
    expect(await smsc.deliver(receipt)).toBe(0);
    await received([]);
  });

  it('comes back when the centre was away', async () => {
    await bound();
    await smsc.close();
    await expect.poll(() => service.isBound()).toBe(false);
    await smsc.open(port);
    await bound();
    const { phone, received } = await leased();
    await smsc.deliver({
      source_addr: 'x',
      destination_addr: phone,
      short_message: 'code 1111',
      data_coding: 0,
    });
    await received(['code 1111']);
  });
});

describe('a process that is killed', () => {
  it('has lost nothing that it acknowledged', async () => {
    const own = centre();
    const at = await own.open();
    const environment = {
      ...environmentOf(stores),
      SMPP_URL: `smpp://127.0.0.1:${at}`,
      SMPP_PASSWORD: 'secret',
    };
    let app: AppProcess = await startApp('sms-phone', environment);
    const [phone = ''] = newPhones(1);
    await service.addNumbers([phone]);
    for (let round = 0; round < 3; round += 1) {
      await bound(own.isBound);
      const deliveries = Array.from({ length: 40 }, (_, n) => {
        const text = `code ${1000 + round * 100 + n}`;
        const fields = { source_addr: 'x', destination_addr: phone, short_message: text, data_coding: 0 };
        return own.deliver(fields, text).catch(() => undefined);
      });
      const before = own.acknowledged.length;
      await expect.poll(() => own.acknowledged.length, { interval: 1 }).toBeGreaterThan(before + 5);
      await app.kill();
      await Promise.all(deliveries);
      app = await startApp('sms-phone', environment);
    }
    const stored = await service.database
      .collection('messages')
      .find({ to: canonical(phone) })
      .toArray();
    const texts = new Set(stored.map((message) => String(message['text'])));
    expect(own.acknowledged.filter((text) => !texts.has(text))).toEqual([]);
    expect(own.acknowledged.length).toBeGreaterThan(15);
    await app.stop();
    await own.close();
  });
});

describe('the simulator', () => {
  it('carries what is sent to it to the connector', async () => {
    const simulator = await startSimulator();
    const instance = await service.another({ SMPP_URL: simulator.url });
    await bound(() => instance.isBound());
    const { phone, received } = await leased();
    await sendSms(simulator.url, { from: '10690000', to: phone, text: long });
    await received([long]);
    await instance.close();
    await simulator.close();
  });

  it('says when nobody is there', async () => {
    const free = await freePort();
    await expect(sendSms(`smpp://127.0.0.1:${free}`, { from: 'x', to: 'y', text: 'z' })).rejects.toThrow();
  });
});
