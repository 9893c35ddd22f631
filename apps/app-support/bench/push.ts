import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTokenIssuer, signingKey } from '@portico/auth';
import { endProcess, freePort, startMongo, startRedis } from '@portico/data-stores';
import { MongoClient } from 'mongodb';
import { manyDevices } from '../src/testing/many-devices.ts';

export interface PushFigures {
  devices: number;
  providerLatencyMs: number;
  /** From the request that composed it until every device was counted. */
  seconds: number;
  counts: Record<string, number>;
  /** Devices that the log provider saw, and how many of them more than once. */
  reached: number;
  repeated: number;
  /** The most that each process had resident, in MB. */
  memory: Record<string, number>;
  /** Processor time of each process as it ended, in seconds: what the wall clock hides on a busy machine. */
  cpu: Record<string, number>;
}

export interface PushOptions {
  devices?: number;
  providerLatencyMs?: number;
  /** Kill both processes with SIGKILL when a third and again when two thirds have been sent, and start them again. */
  kill?: boolean;
  searchPath: string;
}

const issuer = 'portico/customer-service';
/** As `npm start` runs it. */
const heapFlags = ['--max-semi-space-size=4', '--heap-growing-percent=25'];

/** A push to everybody through the real processes, whose push service takes 50 ms, with the stores beside them. */
export async function measurePush(options: PushOptions): Promise<PushFigures> {
  const { devices = 100_000, providerLatencyMs = 50, kill = false, searchPath } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'portico-bench-'));
  const stores = await Promise.all([
    startMongo({ dataDir: join(dataDir, 'mongodb'), port: await freePort(), searchPath }),
    startRedis({ dataDir: join(dataDir, 'redis'), port: await freePort(), searchPath }),
  ]);
  const [mongo, redis] = stores;
  const { environment, authorization } = secrets();
  const processes = new Map<string, ChildProcess>();
  const memory: Record<string, number> = {};
  const cpu: Record<string, number> = {};
  let url = '';
  const start = async (app: 'app-support' | 'notifier') => {
    const child = spawn(process.execPath, [...heapFlags, mainOf(app)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        PATH: searchPath,
        LOG_LEVEL: 'warn',
        HOST: '127.0.0.1',
        OPERATIONS_HOST: '127.0.0.1',
        DATA_DIR: dataDir,
        MONGODB_URI: mongo.url,
        REDIS_URL: redis.url,
        NOTIFIER_ROLES: 'push',
        LOG_PROVIDER_LATENCY_MS: String(providerLatencyMs),
        ...environment,
      },
    });
    processes.set(app, child);
    const listening = await new Promise<{ url: string }>((resolve, reject) => {
      child.once('message', resolve as (message: unknown) => void);
      child.once('exit', () => reject(new Error(`${app} ended at start`)));
    });
    if (app === 'app-support') url = listening.url;
  };
  const startBoth = () => Promise.all([start('app-support'), start('notifier')]);
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${url}/api/admin/push${path}`, {
      method,
      headers: { Authorization: authorization(), 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { code: number; data: Record<string, number> };
    return answer.code === 0 ? answer.data : undefined;
  };
  const client = await MongoClient.connect(mongo.url);
  try {
    await startBoth();
    const database = client.db('portico_app_support');
    await manyDevices(database, 'device', devices);
    await until(async () => (await ask('GET', '')) !== undefined);
    const started = performance.now();
    const body = { push_title: '系统维护通知', push_body: '今晚 23:00 至 24:00 系统维护。', push_scope: 0 };
    const push = await ask('POST', '', body);
    const kills = kill ? [devices / 3, (2 * devices) / 3] : [];
    let counts: Record<string, number> = {};
    await until(async () => {
      counts = (await ask('GET', `/${push?.['id']}`)) ?? counts;
      for (const [app, { pid }] of processes) {
        memory[app] = Math.max(memory[app] ?? 0, residentMegabytes(pid));
        cpu[app] = processorSeconds(pid);
      }
      if ((counts['sent'] ?? 0) > (kills[0] ?? Infinity)) {
        kills.shift();
        for (const child of processes.values()) child.kill('SIGKILL');
        await startBoth();
      }
      return counts['push_status'] !== 0;
    });
    const seconds = (performance.now() - started) / 1000;
    const seen = await reached(join(dataDir, 'outbox.ndjson'));
    return { devices, providerLatencyMs, seconds, counts: figuresOf(counts), ...seen, memory, cpu };
  } finally {
    await client.close();
    await Promise.all([...processes.values()].map((child) => endProcess(child)));
    await Promise.all(stores.map((store) => store.stop()));
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function secrets() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = signingKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const tokens = createTokenIssuer({ key, issuer, audience: issuer, lifetime: 1800 });
  const random = () => randomBytes(32).toString('base64url');
  return {
    authorization: () => `Bearer ${tokens.issue({ subject: 'bench', role: 'admin', version: 1 }).token}`,
    environment: {
      OPERATOR_PUBLIC_KEYS: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      SEALING_KEYS: `bench:${randomBytes(32).toString('base64')}`,
      PASSWORD_PEPPERS: `bench:${random()}`,
      SESSION_SECRETS: `bench:${random()}`,
      CODE_SECRET: random(),
    },
  };
}

const mainOf = (app: string) => fileURLToPath(new URL(`../../${app}/src/main.ts`, import.meta.url));

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo().catch(() => false))) await delay(250);
}

const figuresOf = (counts: Record<string, number>) =>
  Object.fromEntries(
    ['push_status', 'targeted', 'sent', 'failed', 'invalid', 'cancelled'].map((name) => [
      name,
      counts[name] ?? 0,
    ]),
  );

/** Reads the development outbox: a line for each message that the provider accepted. */
async function reached(file: string): Promise<{ reached: number; repeated: number }> {
  const times = new Map<string, number>();
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { to } = JSON.parse(line) as { to: string };
    times.set(to, (times.get(to) ?? 0) + 1);
  }
  return { reached: times.size, repeated: [...times.values()].filter((count) => count > 1).length };
}

/** Linux tells in /proc; elsewhere the figure is 0. */
function residentMegabytes(pid: number | undefined): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kilobytes) / 1024);
  } catch {
    return 0;
  }
}

/** The same for the time that a process has had, in ticks of 10 ms. */
function processorSeconds(pid: number | undefined): number {
  try {
    const [user, system] =
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
    return (Number(user) + Number(system)) / 100;
  } catch {
    return 0;
  }
}
