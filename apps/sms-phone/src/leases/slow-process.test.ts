import { createMongo } from '@portico/mongo';
import { createMetrics } from '@portico/service';
import { testStores } from '@portico/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAccountStore } from '../ledger/accounts.store.ts';
import { createRelay } from '../ledger/relay.ts';
import { registerModels } from '../models.ts';
import { createNumberStore } from '../numbers/numbers.store.ts';
import { createProjectStore } from '../projects/projects.store.ts';
import { holdCommands } from '../testing/held-commands.ts';
import { newPhones } from '../testing/support.ts';
import type { Caller } from '../users/users.model.ts';
import { createFreeNumbers } from './candidates.ts';
import { createLeaseMetrics } from './lease-metrics.ts';
import type { LeaseRecord } from './leases.model.ts';
import { createLeaseService } from './leases.service.ts';
import { createLeaseStore } from './leases.store.ts';
import { createLeasing } from './leasing.ts';

/*
 * One process stops at each step of what it does, in turn, as if it were killed there. Another finishes what it left;
 * everything must add up. Then the first goes on where it stopped, as a slow one would; everything must still add up.
 */
const stores = testStores();
const price = 100;
const project = 'p';

/** What moves money in an instance, without what it does by itself. */
async function startProcess(uri: string) {
  const mongo = createMongo({ uri, database: stores.database, appName: 'test' });
  const models = registerModels(mongo.connection);
  await mongo.open();
  const onError = (error: unknown) => expect.unreachable(String(error));
  const store = createLeaseStore(models.lease);
  const numbers = createNumberStore(models.number);
  const relay = createRelay({
    wallets: models.wallet,
    postings: models.posting,
    progressOf: (leases) => store.progressOf(leases),
    onError,
  });
  const accounts = createAccountStore(models.wallet, () => undefined);
  const metrics = createLeaseMetrics(createMetrics('test'), store);
  const free = createFreeNumbers(numbers, store);
  const leasing = createLeasing({
    accounts,
    leases: store,
    numbers,
    free,
    projects: createProjectStore(models.project),
    users: { refusals: () => Promise.resolve(new Map()) },
    leaseMs: 3_600_000,
    metrics,
  });
  const leases = createLeaseService({
    store,
    accounts,
    users: { addToBlacklist: () => expect.unreachable() } as never,
    coolDownMs: 3_600_000,
    onSettled: () => undefined,
    metrics,
  });
  return { mongo, models, store, numbers, relay, accounts, free, leasing, leases };
}

type Process = Awaited<ReturnType<typeof startProcess>>;
let commands: Awaited<ReturnType<typeof holdCommands>>;
let slow: Process;
let other: Process;
beforeAll(async () => {
  other = await startProcess(stores.mongodbUri);
  commands = await holdCommands(stores.mongodbUri);
  slow = await startProcess(commands.uri);
  const members = { name: 'p', amount: price, signatures: [], senders: [], pattern: null };
  await createProjectStore(other.models.project).create(project, members);
});
afterEach(() => vi.useRealTimers());
afterAll(async () => {
  await Promise.all([slow.mongo.close(), other.mongo.close()]);
  await commands.close();
});

let users = 0;
/** A user with money for one lease, and the only free number. */
async function newcomer() {
  const _id = (users += 1);
  const user: Caller = { _id, username: `user${_id}`, version: 1 };
  await other.accounts.credit(user, { type: 'grant', amount: price, transaction: `grant:${_id}` });
  const [phone = ''] = newPhones(1);
  await other.models.number.deleteMany().exec();
  await other.numbers.upsert([{ _id: phone, carrier: 1, kind: 1 }]);
  for (const { free } of [slow, other]) free.forget();
  return { user, phone };
}
type Newcomer = Awaited<ReturnType<typeof newcomer>>;

function leaseOf({ user, phone }: Newcomer, _id: string): LeaseRecord {
  const now = new Date();
  return {
    _id,
    userId: user._id,
    username: user.username,
    projectId: project,
    phone,
    amount: price,
    state: 'active',
    occupied: true,
    startedAt: now,
    endsAt: now,
  };
}

const lease = (by: Process, { user }: Newcomer) =>
  by.leasing.lease({ user, projectId: project, filter: { carrier: 0, kind: 0 } });

/** What the other process does by itself, in time. */
async function recover(): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  await other.relay.settle();
  await other.leases.recover();
  await other.leases.cancelOrphans();
  await other.relay.settle();
  vi.useRealTimers();
}

/** The money of a user, of whom everything adds up. */
async function moneyOf({ user }: Newcomer) {
  const userId = user._id;
  const [wallet, postings, all, running, unsettled] = await Promise.all([
    other.models.wallet.findById(userId).lean().exec(),
    other.models.posting.find({ userId }).lean().exec(),
    other.models.posting.find().lean().exec(),
    other.models.lease.countDocuments({ userId, state: 'active' }).exec(),
    other.store.unsettled(new Date(Date.now() + 60_000), 10),
  ]);
  const sum = (found: readonly { amount: number }[]) =>
    found.reduce((total, { amount }) => total + amount, 0);
  const account = (name: string) => sum(postings.filter((posting) => posting.account === name));
  expect(unsettled).toEqual([]);
  expect(wallet?.entries).toBeUndefined();
  expect(wallet?.pendingSince).toBeUndefined();
  expect([wallet?.balance, wallet?.frozen]).toEqual([account('balance'), account('frozen')]);
  expect(wallet?.frozen).toBe(running * price);
  expect(sum(all)).toBe(0);
  return [wallet?.balance, wallet?.frozen];
}

interface Story {
  name: string;
  /** How many commands it takes at least. */
  steps: number;
  before: (who: Newcomer) => Promise<unknown>;
  act: (who: Newcomer) => Promise<unknown>;
  /** What may be when the process was killed, and when it went on. */
  after: number[][];
}

const stories: Story[] = [
  {
    name: 'a lease',
    steps: 5,
    before: async () => undefined,
    act: (who) => lease(slow, who),
    after: [
      [price, 0],
      [0, price],
    ],
  },
  {
    name: 'a lease for which there is no number',
    steps: 4,
    before: ({ phone }) => other.numbers.setStatus(phone, 'retired'),
    act: (who) => lease(slow, who),
    after: [[price, 0]],
  },
  {
    name: 'a release',
    steps: 6,
    before: (who) => lease(other, who),
    act: ({ user, phone }) => slow.leases.release(user, project, phone),
    after: [
      [0, price],
      [price, 0],
    ],
  },
  {
    name: 'a capture',
    steps: 5,
    async before(who) {
      const { _id } = await lease(other, who);
      return _id;
    },
    async act({ user, phone }) {
      const own = await other.leases.own(user, project, phone);
      return slow.leases.receive(own._id, 'message', new Date());
    },
    after: [
      [0, price],
      [0, 0],
    ],
  },
  {
    name: 'a recovery',
    steps: 5,
    async before(who) {
      const { _id } = await lease(other, who);
      await other.store.end(_id, 'released', new Date());
    },
    async act() {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
      const recovered = slow.leases.recover();
      vi.useRealTimers();
      return recovered;
    },
    after: [[price, 0]],
  },
  {
    name: 'a cancelled orphan',
    steps: 4,
    before: ({ user }) =>
      other.accounts.hold([{ userId: user._id, lease: `orphan${user._id}`, amount: price }]),
    async act() {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
      const cancelled = slow.leases.cancelOrphans();
      vi.useRealTimers();
      return cancelled;
    },
    after: [[price, 0]],
  },
  {
    name: 'a pass of the relay',
    steps: 5,
    async before(who) {
      await lease(other, who);
      await other.leases.release(who.user, project, who.phone);
    },
    act: () => slow.relay.settle(),
    after: [[price, 0]],
  },
];

describe('a process that stops, and goes on later, at each step of', () => {
  it.each(stories)('$name', async ({ steps, before, act, after }) => {
    for (let step = 0; ; step += 1) {
      const who = await newcomer();
      await before(who);
      const held = commands.hold(step);
      const done = act(who).then(
        () => 'done',
        () => 'refused',
      );
      const first = await Promise.race([held, done]);
      if (first === 'held') {
        await recover();
        expect(after, `killed at step ${step}`).toContainEqual(await moneyOf(who));
        commands.release();
        await done;
      }
      await recover();
      expect(after, `gone on at step ${step}`).toContainEqual(await moneyOf(who));
      if (first === 'held') continue;
      commands.release();
      expect(step).toBeGreaterThanOrEqual(steps);
      break;
    }
  });
});

describe('a lease that recovery has given up', () => {
  it('does not begin, whatever number it is tried with', async () => {
    const who = await newcomer();
    const id = `gone${who.user._id}`;
    expect(await other.store.makeVoid({ lease: id, userId: who.user._id, amount: price })).toBe(true);
    expect([...(await other.store.begin([leaseOf(who, id)]))]).toEqual([[id, 'given up']]);
    expect(await other.store.occupied(project, [who.phone])).toEqual(new Set());
  });
});

describe('a settlement', () => {
  it('counts once when twenty make it at the same time while the ledger is written', async () => {
    for (let round = 0; round < 5; round += 1) {
      const who = await newcomer();
      const { _id } = await lease(other, who);
      await other.store.end(_id, 'released', new Date());
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
      const settle = (n: number) => {
        const by = n % 2 === 0 ? other : slow;
        return n % 5 === 0 ? by.relay.settle() : by.leases.recover();
      };
      await Promise.all(Array.from({ length: 20 }, (_, n) => settle(n)));
      vi.useRealTimers();
      await recover();
      expect(await moneyOf(who)).toEqual([price, 0]);
    }
  });
});

describe('the ledger', () => {
  it('tells of a hold when its lease has begun', async () => {
    const who = await newcomer();
    const { user } = who;
    const leaseId = `late${user._id}`;
    const told = async () => {
      await other.relay.settle();
      return other.models.posting.countDocuments({ userId: user._id, type: 'hold' }).exec();
    };
    await other.accounts.hold([{ userId: user._id, lease: leaseId, amount: price }]);
    expect(await told()).toBe(0);
    await other.store.begin([leaseOf(who, leaseId)]);
    expect(await told()).toBe(2);
  });
});
