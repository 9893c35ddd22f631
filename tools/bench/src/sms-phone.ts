import type { Db } from 'mongodb';
import { load, loop, type LoadResult } from './load.ts';
import type { MeasureOptions } from './measures.ts';
import type { Row } from './rows.ts';
import { withService, type Bench } from './service.ts';

const connections = 32;
const users = 16;
const numbers = 20_000;
const leases = 6000;
const balances = 20_000;
const rounds = 3;
const seconds = 60;

/** The public original of document 002 answered so many a second on two cores (issue 6), at its best. */
const original = { getPhone: 185, balance: 1400 };

/** Leases, codes and balances of sms-phone through the gateway, and the same on the bare driver. */
export function smsPhoneRows(options: MeasureOptions): Promise<Row[]> {
  // Registering is not what is measured.
  return withService('sms-phone', { SMS_PHONE_BCRYPT_COST: '4' }, options, async (bench) => {
    await stock(bench.data);
    const tokens = await register(bench.url);
    const measured = [];
    for (let round = 0; round < rounds; round += 1) {
      const project = `round-${round}`;
      const phones = new Set<string>();
      const leased = await get(
        bench,
        leases,
        (n) => `/api/get_phone?${query(tokens, n, project)}`,
        ({ data }) => {
          if (phones.has(data)) throw new Error(`${data} was leased twice`);
          phones.add(data);
        },
      );
      const held = await holders(bench, project);
      const codes = await get(
        bench,
        held.length,
        (n) =>
          `/api/get_sms_code?token=${tokens[held[n]?.user ?? 0]}&project_id=${project}&phone=${held[n]?.phone}`,
      );
      const balance = await get(bench, balances, (n) => `/api/balance?token=${tokens[n % users]}`);
      measured.push({ leased, codes, balance, bare: await bareRound(bench.scratch) });
    }
    await addsUp(bench.data);
    return rowsOf(measured);
  });
}

interface Round {
  leased: LoadResult;
  codes: LoadResult;
  balance: LoadResult;
  bare: { leased: LoadResult; codes: LoadResult; balance: LoadResult };
}

function rowsOf(measured: readonly Round[]): Row[] {
  const row = (id: string, what: string, name: 'leased' | 'codes' | 'balance', least: number): Row => ({
    id: `sms-phone ${id}`,
    what,
    figure: median(measured.map((round) => round[name].perSecond)),
    unit: '/s',
    goal: { at: 'least', value: least },
    details: {
      againstBareDriver: median(measured.map((round) => round[name].perSecond / round.bare[name].perSecond)),
      rounds: measured.map((round) => ({ service: round[name], bare: round.bare[name] })),
    },
  });
  return [
    row(
      'get_phone',
      'numbers leased/s, ten times the best of the public original',
      'leased',
      10 * original.getPhone,
    ),
    row(
      'get_sms_code',
      'polls answered/s, as many as numbers are to be leased',
      'codes',
      10 * original.getPhone,
    ),
    row(
      'balance',
      'balances read/s, five times the best of the public original',
      'balance',
      5 * original.balance,
    ),
  ];
}

interface Body {
  message: string;
  data: string;
}

function get(
  { url }: Bench,
  requests: number,
  path: (index: number) => string,
  check: (body: Body) => void = () => undefined,
): Promise<LoadResult> {
  return load({
    url,
    connections,
    requests,
    seconds,
    next: (index) => ({ path: path(index) }),
    check(status, text) {
      const body = JSON.parse(text) as Body & { code?: number };
      if (status !== 200 || (body.code ?? 0) < 0) throw new Error(`answered ${status}: ${body.message}`);
      check(body);
    },
  });
}

const query = (tokens: readonly string[], index: number, project: string) =>
  `token=${tokens[index % users]}&project_id=${project}&carrier_type=0&number_type=0`;

async function register(url: string): Promise<string[]> {
  const tokens = [];
  for (let n = 0; n < users; n += 1) {
    const parameters = new URLSearchParams({
      username: `bench${n}`,
      password: 'testpassword',
      email: `bench${n}@example.com`,
      security_question: 'q? a',
    });
    const response = await fetch(`${url}/api/register?${parameters.toString()}`);
    const { user } = (await response.json()) as { user: { token: string } };
    await fetch(`${url}/api/recharge?token=${user.token}&amount=100000`);
    tokens.push(user.token);
  }
  return tokens;
}

/** Numbers and projects, written as the service stores them. */
async function stock(data: Db): Promise<void> {
  const now = new Date();
  const times = { createdAt: now, updatedAt: now };
  await data.collection<{ _id: string }>('numbers').insertMany(
    Array.from({ length: numbers }, (_, n) => ({
      _id: String(13_800_000_000 + n),
      carrier: 1 + (n % 3),
      kind: 1,
      status: 'active',
      note: null,
      rank: Math.random(),
      ...times,
    })),
  );
  await data.collection<{ _id: string }>('projects').insertMany(
    Array.from({ length: rounds }, (_, n) => ({
      _id: `round-${n}`,
      name: `round ${n}`,
      amount: 50,
      signatures: [],
      senders: [],
      pattern: null,
      ...times,
    })),
  );
}

/** Who has leased which number, in the order of registration. */
async function holders({ data }: Bench, project: string): Promise<{ user: number; phone: string }[]> {
  const found = await data.collection('leases').find({ projectId: project }).toArray();
  return found.map((lease) => ({ user: Number(lease['userId']) - 1, phone: String(lease['phone']) }));
}

/** @throws when money was made or lost */
async function addsUp(data: Db): Promise<void> {
  const [leased, all] = await Promise.all([
    data.collection('leases').countDocuments(),
    data.collection('wallets').find().toArray(),
  ]);
  const sum = (name: 'balance' | 'frozen') => all.reduce((total, user) => total + Number(user[name]), 0);
  if (sum('frozen') !== leased * 50 || sum('balance') !== users * 10_000_000 - leased * 50)
    throw new Error(`the money does not add up: ${sum('balance')} and ${sum('frozen')} for ${leased} leases`);
}

/** The writes and reads that each call cannot do without, one after the other. */
async function bareRound(scratch: Db): Promise<Round['bare']> {
  await scratch.dropDatabase();
  const accounts = scratch.collection<{ _id: number; balance: number; frozen: number }>('users');
  const held = scratch.collection<{ _id: string; phone: string; user: number }>('leases');
  await held.createIndex({ phone: 1 }, { unique: true });
  await accounts.insertMany(
    Array.from({ length: users }, (_, n) => ({ _id: n, balance: 1_000_000_000, frozen: 0 })),
  );
  const at = { connections, seconds };
  const leased = await loop({ ...at, requests: leases }, async (index) => {
    const user = index % users;
    await accounts.updateOne({ _id: user, balance: { $gte: 50 } }, { $inc: { balance: -50, frozen: 50 } });
    await held.insertOne({ _id: `lease-${index}`, phone: `phone-${index}`, user });
  });
  const codes = await loop({ ...at, requests: leases }, async (index) => {
    await held.findOne({ phone: `phone-${index}` });
  });
  const balance = await loop({ ...at, requests: balances }, async (index) => {
    await accounts.findOne({ _id: index % users });
  });
  return { leased, codes, balance };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
