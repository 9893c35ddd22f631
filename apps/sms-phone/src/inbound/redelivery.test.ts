import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonical, newPhones, startService, type Service } from '../testing/support.ts';

/* What providers bring late or again, when the number may be another's already. */
const stores = testStores();
let service: Service;
beforeAll(
  async () =>
    (service = await startService(stores, { COOL_DOWN_SECONDS: '0', SMS_REDELIVERY: 'webhook:600' })),
);
afterAll(() => service.close());

const text = '【淘宝】您的验证码是123456，5分钟内有效。';

/** A number that one user has given back and another has leased; `turn` lies in the first one's window. */
async function passedOn() {
  const [phone = ''] = newPhones(1);
  await service.addNumbers([phone]);
  const query = { project_id: await service.newProject(), phone };
  const [first, next] = [await service.newUser(5), await service.newUser(5)];
  expect((await first.ask('/api/get_specified_phone', query)).body.code).toBe(0);
  const turn = new Date();
  await first.ask('/api/release_phone', query);
  await expect.poll(async () => (await next.ask('/api/get_specified_phone', query)).body.code).toBe(0);
  const code = () => next.ask('/api/get_sms_code', query);
  return { phone, next, turn, code };
}
const messagesTo = (to: string) =>
  service.database
    .collection('messages')
    .find({ to: canonical(to) })
    .toArray();

describe('a message of the webhook that says when it came', () => {
  it('is of the lease that ran then, not of the one that runs when it is brought', async () => {
    const { phone, next, turn, code } = await passedOn();
    const brought = await service.bring({ to: phone, text, received_at: turn.toISOString() });
    expect(brought).toMatchObject({ status: 200, body: { duplicate: false } });
    expect((await code()).body).toMatchObject({ code: 1, data: null });
    expect(await next.balance()).toEqual([4, 1]);
    expect(await messagesTo(phone)).toMatchObject([{ state: 'unmatched', receivedAt: turn }]);
  });

  it('cannot come from the future', async () => {
    const { phone, code } = await passedOn();
    const later = new Date(Date.now() + 3600_000).toISOString();
    await service.bring({ to: phone, text, received_at: later });
    expect((await code()).body.data).toBe(text);
    const [message] = await messagesTo(phone);
    expect(Number(message?.['receivedAt'])).toBeLessThanOrEqual(Date.now());
  });

  it('is the same when it is brought again with a time on either side', async () => {
    const [phone = ''] = newPhones(1);
    const stretch = 10 * 60_000;
    const border = Math.floor(Date.now() / stretch) * stretch - stretch;
    const at = (ms: number) => ({ to: phone, text, received_at: new Date(border + ms).toISOString() });
    expect((await service.bring({ ...at(500), id: `${phone}-a` })).body.duplicate).toBe(false);
    expect((await service.bring({ ...at(-500), id: `${phone}-b` })).body.duplicate).toBe(true);
    expect((await service.bring({ ...at(900), id: `${phone}-c` })).body.duplicate).toBe(true);
  });

  it.each(['yesterday', '2026-11-21', 5, ''])('at %j is refused', async (received_at) => {
    const answer = await service.bring({ to: '13800000000', text, received_at });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain('received_at');
  });
});

describe('a part of a long message', () => {
  const part = (to: string, place: number) => ({
    to,
    from: '10690000',
    reference: 7,
    total: 3,
    place,
    dataCoding: 0,
    bytes: Buffer.from(`part ${place}. `),
  });
  const parts = () => service.database.collection('message_parts');
  /** Nobody waits for what is missing any more. */
  async function giveUp(to: string): Promise<void> {
    const open = { to, open: true };
    const past = new Date(Date.now() - 6 * 60_000);
    expect((await parts().updateOne(open, { $set: { firstAt: past } })).matchedCount).toBe(1);
    await expect.poll(() => parts().countDocuments(open)).toBe(0);
  }

  it('that comes again after the message was joined is no message', async () => {
    const [phone = ''] = newPhones(1);
    for (const place of [3, 1, 2]) await service.joining.add(part(phone, place));
    expect(await messagesTo(phone)).toMatchObject([{ text: 'part 1. part 2. part 3. ' }]);
    // The centre never heard the acknowledgement of the last, as when the process was killed then.
    await service.joining.add(part(phone, 2));
    await giveUp(phone);
    expect(await messagesTo(phone)).toHaveLength(1);
  });

  it('whose message never comes whole goes on as far as it came', async () => {
    const [phone = ''] = newPhones(1);
    for (const place of [3, 1]) await service.joining.add(part(phone, place));
    expect(await messagesTo(phone)).toEqual([]);
    await giveUp(phone);
    expect(await messagesTo(phone)).toMatchObject([{ text: 'part 1. …part 3. ' }]);
  });

  it('of another message under the same reference is joined with its own', async () => {
    const [phone = ''] = newPhones(1);
    for (const place of [1, 2, 3]) await service.joining.add(part(phone, place));
    for (const place of [1, 2, 3])
      await service.joining.add({ ...part(phone, place), bytes: Buffer.from(`other ${place}. `) });
    const texts = (await messagesTo(phone)).map((message) => String(message['text']));
    expect(texts.sort()).toEqual(['other 1. other 2. other 3. ', 'part 1. part 2. part 3. ']);
  });
});
