import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient, type Db } from 'mongodb';
import { Client } from 'undici';
import { signatureOf } from '../src/inbound/webhook.routes.ts';
import { exchange, perSecond } from './load.ts';
import { startPlatform, type BenchPlatform } from './platform.ts';

/** Requests a second: ours through the gateway, and the bare driver's operations on the same engine. */
export interface RequestFigures {
  getPhone: Compared;
  getSmsCode: Compared;
  balance: Compared;
  /** Holds of all users beside the leases that are under way: the same, or somebody spent what he did not have. */
  held: { leases: number; frozen: number; overspent: number };
}

export interface Compared {
  perSecond: number;
  driver: number;
  rounds: { service: number; driver: number }[];
}

const loops = 32;
const rounds = 3;
const perRound = { getPhone: 4000, getSmsCode: 1000, balance: 10_000 };
const users = 32;
const project = 'bench';
const phoneOf = (index: number) => `139${String(index).padStart(8, '0')}`;

interface Bench {
  platform: BenchPlatform;
  /** One connection for each loop. */
  clients: Client[];
  tokens: string[];
  /** Of the service. */
  database: Db;
  /** For the bare driver. */
  scratch: Db;
}

/** Measures the three calls that customers make most, with the zero overspend that they must have. */
export async function measureSmsPhone(searchPath: string): Promise<RequestFigures> {
  const platform = await startPlatform(searchPath);
  const mongo = await MongoClient.connect(platform.mongodbUri, { writeConcern: { w: 'majority' } });
  const clients = Array.from({ length: loops }, () => new Client(platform.url, { pipelining: 1 }));
  const database = mongo.db('portico_sms_phone');
  const bench: Bench = { platform, clients, tokens: [], database, scratch: mongo.db('bench_bare') };
  try {
    await prepare(bench);
    const leased: [loop: number, phone: string][] = [];
    const getPhone = await compared(
      () => leasePhones(bench, leased),
      () => bareLeases(bench),
    );
    await bringMessages(bench, leased.slice(0, perRound.getSmsCode * (rounds + 1)));
    let read = 0;
    const getSmsCode = await compared(
      () => readCodes(bench, leased.slice(read, (read += perRound.getSmsCode))),
      () => bareReads(bench, 'messages', perRound.getSmsCode),
    );
    const balance = await compared(
      () => readBalances(bench),
      () => bareReads(bench, 'users', perRound.balance),
    );
    return { getPhone, getSmsCode, balance, held: await heldMoney(bench) };
  } finally {
    await Promise.all(clients.map((client) => client.destroy()));
    await mongo.close();
    await platform.stop();
  }
}

/** Side by side, so that a slow minute of the machine is in both; the first of each compiles and is left out. */
async function compared(service: () => Promise<number>, driver: () => Promise<number>): Promise<Compared> {
  const taken: Compared['rounds'] = [];
  for (let round = 0; round <= rounds; round += 1)
    taken.push({ driver: await driver(), service: await service() });
  const counted = taken.slice(1);
  return {
    perSecond: median(counted.map((round) => round.service)),
    driver: median(counted.map((round) => round.driver)),
    rounds: counted,
  };
}

async function prepare({ platform, clients, tokens, scratch }: Bench): Promise<void> {
  const [client] = clients as [Client];
  const operator = ['authorization', platform.authorization];
  const post = async (path: string, body: object) => {
    for (;;) {
      const { status, body: answer } = await exchange(
        client,
        `/sms-phone/api/admin${path}`,
        JSON.stringify(body),
        operator,
      );
      if (status < 300) return;
      // Until the service has reached its database.
      if (status !== 503) throw new Error(`${path}: ${status} ${answer}`);
      await delay(100);
    }
  };
  await post('/projects', { project_id: project, name: project, amount: 0.01 });
  const total = perRound.getPhone * (rounds + 1);
  for (let first = 0; first < total; first += 1000) {
    const numbers = Array.from({ length: 1000 }, (_, n) => ({
      phone: phoneOf(first + n),
      carrier_type: 1,
      number_type: 1,
    }));
    await post('/numbers', { numbers });
  }
  for (let user = 0; user < users; user += 1) {
    const query = new URLSearchParams({
      username: `bench${user}`,
      password: 'testpassword',
      email: `bench${user}@example.com`,
      security_question: '测试问题? 测试答案',
    });
    const registered = await exchange(client, `/api/register?${query.toString()}`);
    const token = (JSON.parse(registered.body) as { user?: { token: string } }).user?.token;
    if (token === undefined) throw new Error(`register: ${registered.body}`);
    tokens.push(token);
    expectOk(await exchange(client, `/api/recharge?token=${token}&amount=1000`));
  }
  await scratch
    .collection('numbers')
    .insertMany(Array.from({ length: total }, (_, n) => ({ phone: phoneOf(n), leased: false })));
  await scratch.collection('numbers').createIndex({ leased: 1, phone: 1 });
  for (const name of ['users', 'messages'])
    await scratch
      .collection<{ _id: number }>(name)
      .insertMany(
        Array.from({ length: 1000 }, (_, _id) => ({ _id, balance: 100_000, text: '您的验证码是123456' })),
      );
}

function leasePhones({ clients, tokens }: Bench, leased: [number, string][]): Promise<number> {
  return perSecond(loops, perRound.getPhone, async (_index, loop) => {
    const path = `/api/get_phone?token=${tokens[loop]}&project_id=${project}&carrier_type=0&number_type=0`;
    const answer = await exchange(clients[loop] as Client, path);
    expectOk(answer);
    leased.push([loop, (JSON.parse(answer.body) as { data: string }).data]);
  });
}

/** The least that a lease takes: the price, and a number of one's own. */
function bareLeases({ scratch }: Bench): Promise<number> {
  const accounts = scratch.collection<{ _id: number; balance: number }>('users');
  return perSecond(loops, perRound.getPhone, async (_index, loop) => {
    const paid = await accounts.updateOne({ _id: loop, balance: { $gte: 1 } }, { $inc: { balance: -1 } });
    const phone = await scratch
      .collection('numbers')
      .findOneAndUpdate({ leased: false }, { $set: { leased: true } });
    if (paid.modifiedCount !== 1 || !phone) throw new Error('the driver found no number');
  });
}

async function bringMessages({ platform, clients }: Bench, leased: readonly [number, string][]) {
  await perSecond(loops, leased.length, async (index, loop) => {
    const to = leased[index]?.[1];
    const body = JSON.stringify({
      id: `bench-${index}`,
      from: '10690000',
      to,
      text: `您的验证码是${100_000 + index}`,
    });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = signatureOf(platform.inboundSecret, timestamp, body);
    const headers = ['x-timestamp', timestamp, 'x-signature', signature];
    expectOk(await exchange(clients[loop] as Client, '/sms-phone/inbound/messages', body, headers));
  });
}

/** Each number once: a number is asked for once a second at most. */
function readCodes({ clients, tokens }: Bench, leased: readonly [number, string][]): Promise<number> {
  return perSecond(loops, leased.length, async (index, loop) => {
    const [owner, phone] = leased[index] ?? [0, ''];
    const path = `/api/get_sms_code?token=${tokens[owner]}&project_id=${project}&phone=${phone}`;
    const answer = await exchange(clients[loop] as Client, path);
    expectOk(answer);
    if (!answer.body.includes('验证码是')) throw new Error(`no code: ${answer.body}`);
  });
}

function readBalances({ clients, tokens }: Bench): Promise<number> {
  return perSecond(loops, perRound.balance, async (_index, loop) => {
    expectOk(await exchange(clients[loop] as Client, `/api/balance?token=${tokens[loop]}`));
  });
}

function bareReads({ scratch }: Bench, name: string, times: number): Promise<number> {
  const collection = scratch.collection<{ _id: number }>(name);
  return perSecond(loops, times, async (index) => {
    const found = await collection.findOne({ _id: index % 1000 }, { projection: { balance: 1, text: 1 } });
    if (!found) throw new Error('the driver found nothing');
  });
}

/** Every lease has its hold, or what became of it, and nobody is below zero. */
async function heldMoney({ database }: Bench): Promise<RequestFigures['held']> {
  const accounts = await database.collection('users').find().project({ balance: 1, frozen: 1 }).toArray();
  return {
    leases: await database.collection('leases').countDocuments({ state: 'active' }),
    frozen: accounts.reduce((sum, { frozen }) => sum + (frozen as number), 0),
    overspent: accounts.filter(({ balance }) => (balance as number) < 0).length,
  };
}

/** A quick error is not a result. */
function expectOk({ status, body }: { status: number; body: string }): void {
  if (status >= 300 || /"(?:stat|success)":false/.test(body)) throw new Error(`${status} ${body}`);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
