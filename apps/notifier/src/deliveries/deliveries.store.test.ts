import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMongo } from '@portico/mongo';
import { connectRedis } from '@portico/queue';
import { testStores } from '@portico/testing';
import { createDeliveryModel } from './deliveries.model.ts';
import { createDeliveryStore, type Claimed } from './deliveries.store.ts';
import { createJoiner } from './joiner.ts';
import { createRateLimit } from './rate-limit.ts';

const stores = testStores();
const mongo = createMongo({ uri: stores.mongodbUri, database: stores.database, appName: 'test' });
const model = createDeliveryModel(mongo.connection);
const storeOf = (owner: string, leaseMs = 300) => createDeliveryStore({ model, owner, leaseMs });
const stopClock = () => void vi.useFakeTimers({ toFake: ['Date'] });
const advance = (ms: number) => void vi.setSystemTime(Date.now() + ms);
const job = (id: string) => ({ id, service: 'test', sealed: 'x' });

beforeAll(() => mongo.open());
beforeEach(() => model.deleteMany({}));
afterEach(() => vi.useRealTimers());
afterAll(() => mongo.close());

describe('a claim', () => {
  it('is one, however many processes ask at the same time', async () => {
    const owners = ['a', 'b', 'c', 'd'].map((owner) => storeOf(owner, 60_000));
    const ids = Array.from({ length: 100 }, (_, index) => `message-${index}`);
    const claims = await Promise.all(
      owners.flatMap((store) => ids.map((id) => store.claim('email', job(id)))),
    );
    expect(claims.filter(({ claimed }) => claimed)).toHaveLength(100);
    expect(claims.find(({ claimed }) => !claimed)).toMatchObject({ because: 'later' });
  });

  it('passes to another when its lease has ended, and the late owner changes nothing any more', async () => {
    stopClock();
    const late = storeOf('late');
    const heir = storeOf('heir');
    const first = (await late.claim('email', job('message-1'))) as Claimed;
    expect(first).toMatchObject({ claimed: true, fence: 1, attempts: 1 });
    const claim = () => heir.claim('email', job('message-1'));
    expect(await claim()).toMatchObject({ claimed: false, because: 'later' });
    advance(300);
    expect(await claim()).toMatchObject({ claimed: true, fence: 2, attempts: 2 });
    expect(await late.finish({ id: 'message-1', fence: 1, set: { state: 'failed' } })).toBe(false);
    expect(await heir.finish({ id: 'message-1', fence: 2, set: { state: 'sent' } })).toBe(true);
    expect(await model.findById('message-1').lean()).toMatchObject({ state: 'sent' });
  });

  it('is kept for as long as its owner renews it', async () => {
    stopClock();
    const owner = storeOf('owner');
    const other = storeOf('other');
    await owner.claim('email', job('message-1'));
    for (let third = 0; third < 10; third += 1) {
      advance(100);
      await owner.renew();
      expect(await other.claim('email', job('message-1'))).toMatchObject({ because: 'later' });
    }
  });

  it('waits for the time of the next attempt, and is refused for good when the message is done', async () => {
    stopClock();
    const store = storeOf('a');
    const claim = (await store.claim('sms', job('message-1'))) as Claimed;
    const nextAttemptAt = new Date(Date.now() + 300);
    await store.finish({ id: claim.id, fence: 1, set: { state: 'waiting', nextAttemptAt } });
    expect(await store.claim('sms', job('message-1'))).toEqual({
      claimed: false,
      because: 'later',
      at: nextAttemptAt,
    });
    advance(300);
    expect(await store.claim('sms', job('message-1'))).toMatchObject({ claimed: true, fence: 2 });
    await store.finish({ id: claim.id, fence: 2, set: { state: 'sent' } });
    expect(await store.claim('sms', job('message-1'))).toMatchObject({
      claimed: false,
      because: 'done',
      delivery: { state: 'sent', attempts: 2 },
    });
  });

  it('and its record cost two writes for hundreds of messages, of which one lost does not harm the others', async () => {
    const store = storeOf('a', 60_000);
    const ids = Array.from({ length: 300 }, (_, index) => `message-${index}`);
    const claims = (await Promise.all(ids.map((id) => store.claim('push', job(id))))) as Claimed[];
    await model.updateOne({ _id: 'message-7' }, { $set: { owner: 'b', fence: 2 } });
    const done = await Promise.all(
      claims.map(({ id, fence }) => store.finish({ id, fence, set: { state: 'sent' } })),
    );
    expect(done.flatMap((ours, index) => (ours ? [] : [index]))).toEqual([7]);
    expect(await model.countDocuments({ state: 'sent' })).toBe(299);
  });
});

it('notes a receipt by the id that the provider gave', async () => {
  const store = storeOf('a');
  await store.claim('sms', job('message-1'));
  await store.finish({ id: 'message-1', fence: 1, set: { state: 'sent', providerMessageId: 'smsc-1' } });
  expect(await store.receipt({ messageId: 'smsc-1', state: 'DELIVRD' })).toBe(true);
  expect(await store.receipt({ messageId: 'smsc-2', state: 'DELIVRD' })).toBe(false);
  expect(await model.findById('message-1').lean()).toMatchObject({ receipt: { state: 'DELIVRD' } });
});

it('finds dead letters and receipts by index', async () => {
  const indexes = await model.collection.indexes();
  expect(indexes.map(({ key }) => key)).toEqual(
    expect.arrayContaining([{ deadAt: -1 }, { providerMessageId: 1 }, { purgeAt: 1 }, { replays: 1 }]),
  );
});

describe('operations joined into batches', () => {
  it('go at once alone and together when they come together, each with its own answer', async () => {
    const batches: number[][] = [];
    const double = createJoiner(async (items: number[]) => {
      batches.push(items);
      await new Promise((resolve) => setImmediate(resolve));
      return items.map((item) => item * 2);
    }, 4);
    expect(await double(1)).toBe(2);
    expect(await Promise.all([2, 3, 4, 5, 6, 7].map(double))).toEqual([4, 6, 8, 10, 12, 14]);
    expect(batches).toEqual([[1], [2, 3, 4, 5], [6, 7]]);
  });

  it('fail together and go on afterwards', async () => {
    let broken = true;
    const join = createJoiner(async (items: number[]) => {
      if (broken) throw new Error('away');
      return items;
    });
    await expect(Promise.all([join(1), join(2)])).rejects.toThrow('away');
    broken = false;
    expect(await join(3)).toBe(3);
  });
});

describe('the rate of a provider', () => {
  it('holds over all processes, and leaves the others alone', async () => {
    const redis = connectRedis({ url: stores.redisUrl, name: 'test' });
    await expect.poll(() => redis.ping().catch(() => '')).toBe('PONG');
    const rates = new Map([['smtp', 10]]);
    const prefix = `${stores.redisPrefix}-${randomBytes(3).toString('hex')}`;
    const limits = [1, 2].map(() => createRateLimit(redis, prefix, rates));
    const waits: number[] = [];
    const places: number[] = [];
    const started = performance.now();
    for (let index = 0; index < 12; index++) {
      const wait = (await limits[index % 2]?.('smtp')) ?? 0;
      waits.push(wait);
      places.push(performance.now() - started + wait);
    }
    expect(await limits[0]?.('twilio')).toBe(0);
    expect(waits[0]).toBe(0);
    // Places 100 ms apart; beyond a second nobody takes one.
    for (let index = 1; index < 10; index++) {
      expect(places[index]).toBeGreaterThan(index * 100 - 60);
      expect(waits[index]).toBeLessThanOrEqual(index * 100);
    }
    redis.disconnect();
  });
});
