import { createMongo } from '@portico/mongo';
import { createMetrics } from '@portico/service';
import { testStores } from '@portico/testing';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLedgerService } from '../ledger/ledger.service.ts';
import { createLedgerStore } from '../ledger/ledger.store.ts';
import { MoneyQueue } from '../ledger/money-queue.ts';
import { registerModels } from '../models.ts';
import { createNumberStore } from '../numbers/numbers.store.ts';
import { createProjectStore } from '../projects/projects.store.ts';
import { audit } from '../testing/audit.ts';
import { holdCommands } from '../testing/held-commands.ts';
import { newPhones } from '../testing/support.ts';
import type { Caller } from '../users/users.model.ts';
import { FreeNumbers } from './free-numbers.ts';
import { createLeaseMetrics } from './lease-metrics.ts';
import { createLeaseService } from './leases.service.ts';
import { createLeaseStore } from './leases.store.ts';
import { createLeasing } from './leasing.ts';

/*
 * One process stops at each command of what it does, in turn, as if it were killed there. To others nothing of it has
 * happened, or all of it. Then it goes on where it stopped, as a slow one would, and everything still adds up.
 */
const stores = testStores();
const price = 100;
const project = 'p';

/** What moves money in an instance, without what it does by itself. */
async function startProcess(uri: string) {
  const mongo = createMongo({ uri, database: stores.database, appName: 'test' });
  const models = registerModels(mongo.connection);
  await mongo.open();
  const store = createLeaseStore(models.lease);
  const numbers = createNumberStore(models.number);
  const accounts = createLedgerStore(models);
  const metrics = createLeaseMetrics(createMetrics('test'), store);
  const money = { accounts, queue: new MoneyQueue(), withTransaction: mongo.withTransaction, metrics };
  const free = new FreeNumbers(numbers, store);
  const leasing = createLeasing({
    ...money,
    leases: store,
    free,
    projects: createProjectStore(models.project),
    users: { refusals: () => Promise.resolve(new Map()) },
    leaseMs: 3_600_000,
  });
  const leases = createLeaseService({
    ...money,
    store,
    users: { addToBlacklist: () => expect.unreachable() },
    coolDownMs: 3_600_000,
  });
  const ledger = createLedgerService({
    ...money,
    store: accounts,
    users: { findByName: () => expect.unreachable() },
  });
  return { mongo, models, store, numbers, accounts, free, leasing, leases, ledger };
}

type Process = Awaited<ReturnType<typeof startProcess>>;
let commands: Awaited<ReturnType<typeof holdCommands>>;
let slow: Process;
let other: Process;
let client: MongoClient;
beforeAll(async () => {
  client = await MongoClient.connect(stores.mongodbUri);
  other = await startProcess(stores.mongodbUri);
  commands = await holdCommands(stores.mongodbUri);
  slow = await startProcess(commands.uri);
  const members = { name: 'p', amount: price, signatures: [], senders: [], pattern: null };
  await createProjectStore(other.models.project).create(project, members);
});
afterAll(async () => {
  await Promise.all([slow.mongo.close(), other.mongo.close(), client.close()]);
  await commands.close();
});

let users = 0;
/** A user with money for one lease, the only free number, and a voucher. */
async function newcomer() {
  const _id = (users += 1);
  const user: Caller = { _id, username: `user${_id}`, version: 1 };
  await other.ledger.recharge(user, price);
  const [phone = ''] = newPhones(1);
  await other.models.number.deleteMany().exec();
  await other.numbers.upsert([{ _id: phone, carrier: 1, kind: 1 }]);
  const [voucher = ''] = await other.ledger.makeVouchers(price, 1, 'operator');
  for (const { free } of [slow, other]) free.forget();
  return { user, phone, voucher };
}
type Newcomer = Awaited<ReturnType<typeof newcomer>>;

const lease = (by: Process, { user }: Newcomer) =>
  by.leasing.lease({ user, projectId: project, filter: { carrier: 0, kind: 0 } });

async function moneyOf({ user }: Newcomer) {
  await audit(client, stores.database);
  const { balance, frozen } = await other.accounts.money(user._id);
  return [balance, frozen];
}

interface Story {
  name: string;
  /** How many commands it takes at least. */
  steps: number;
  before: (who: Newcomer) => Promise<unknown>;
  act: (who: Newcomer) => Promise<unknown>;
  /** The money before and after. */
  from: number[];
  to: number[];
}

const stories: Story[] = [
  {
    name: 'a lease',
    steps: 7,
    before: async () => undefined,
    act: (who) => lease(slow, who),
    from: [price, 0],
    to: [0, price],
  },
  {
    name: 'a release',
    steps: 5,
    before: (who) => lease(other, who),
    act: ({ user, phone }) => slow.leases.release(user, project, phone),
    from: [0, price],
    to: [price, 0],
  },
  {
    name: 'a capture',
    steps: 4,
    before: (who) => lease(other, who),
    async act({ user, phone }) {
      const own = await other.leases.own(user, project, phone);
      return slow.leases.receive(own, 'message', new Date());
    },
    from: [0, price],
    to: [0, 0],
  },
  {
    name: 'an expiry',
    steps: 5,
    async before(who) {
      const { _id } = await lease(other, who);
      await other.models.lease.updateOne({ _id }, { $set: { endsAt: new Date() } }).exec();
    },
    act: () => slow.leases.sweep(),
    from: [0, price],
    to: [price, 0],
  },
  {
    name: 'a voucher',
    steps: 5,
    before: async () => undefined,
    act: ({ user, voucher }) => slow.ledger.redeem(user, voucher),
    from: [price, 0],
    to: [2 * price, 0],
  },
];

describe('a process that stops, and goes on later, at each step of', () => {
  it.each(stories)('$name shows all of it or nothing', async ({ steps, before, act, from, to }) => {
    for (let step = 0; ; step += 1) {
      const who = await newcomer();
      await before(who);
      const held = commands.hold(step);
      const done = act(who).then(() => 'done');
      const first = await Promise.race([held, done]);
      if (first === 'held') expect([from, to], `stopped at step ${step}`).toContainEqual(await moneyOf(who));
      commands.release();
      await done;
      expect(await moneyOf(who), `gone on at step ${step}`).toEqual(to);
      if (first === 'held') continue;
      expect(step).toBeGreaterThanOrEqual(steps);
      break;
    }
  });
});

describe('a lease that two end at the same time', () => {
  it('moves its money once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const who = await newcomer();
      const { user, phone } = who;
      const own = await lease(other, who);
      const ends = Array.from({ length: 20 }, (_, n) => {
        const { leases } = n % 2 === 0 ? other : slow;
        return n % 4 < 2 ? leases.release(user, project, phone) : leases.receive(own, `${n}`, new Date());
      });
      await Promise.allSettled(ends);
      const { state } = (await other.models.lease.findById(own._id).lean().exec()) ?? {};
      expect(await moneyOf(who)).toEqual(state === 'captured' ? [0, 0] : [price, 0]);
    }
  });
});
