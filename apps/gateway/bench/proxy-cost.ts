import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wholeEnvironment } from '@portico/config';
import { freePort, startRedis } from '@portico/data-stores';
import { Pool, request } from 'undici';

export interface ProxyCost {
  /** CPU of the gateway per proxied GET against the bare proxy's, in the same run (goal P1). */
  ratio: number;
  /** Microseconds of CPU per proxied GET, the median of the rounds. */
  gateway: number;
  bare: number;
  /** Connections to the service per 1,000 requests: clients keep theirs, and clients close theirs (goal P2). */
  connections: { keptByClients: number; closedByClients: number };
  rounds: { gateway: number; bare: number }[];
}

const concurrency = 32;
const rounds = 21;
const requestsPerRound = 2000;
/** Both compile for thousands of requests before their cost settles. */
const warmUp = 20_000;
const connectionRequests = 3000;
const path = '/api/tickets?skip=0&limit=10';

interface Proxy {
  url: string;
  /** Microseconds of CPU since it started. */
  cpu(): Promise<number>;
  stop(): void;
}

/** Takes P1 and P2, side by side: the gateway with everything on, and Express with http-proxy-middleware. */
export async function measureProxyCost(): Promise<ProxyCost> {
  const folder = mkdtempSync(join(tmpdir(), 'portico-bench-'));
  const searchPath = wholeEnvironment()['PATH'] ?? '';
  const redis = await startRedis({ dataDir: join(folder, 'redis'), port: await freePort(), searchPath });
  const upstream = await start('./upstream.ts', []);
  try {
    const bare = await startBare(upstream.url);
    const gateway = await startGateway(upstream.url, redis.url);
    const measured: ProxyCost['rounds'] = [];
    await load(bare.url, warmUp);
    await load(gateway.url, warmUp);
    for (let round = 0; round < rounds; round += 1)
      measured.push({ bare: await cpuPerRequest(bare), gateway: await cpuPerRequest(gateway) });
    bare.stop();
    gateway.stop();
    return {
      // Round by round, because whatever else the machine does weighs on both of a round.
      ratio: median(measured.map((round) => round.gateway / round.bare)),
      gateway: median(measured.map((round) => round.gateway)),
      bare: median(measured.map((round) => round.bare)),
      connections: {
        keptByClients: await connectionsPer1000(upstream.url, redis.url, false),
        closedByClients: await connectionsPer1000(upstream.url, redis.url, true),
      },
      rounds: measured,
    };
  } finally {
    upstream.child.kill();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function cpuPerRequest(proxy: Proxy): Promise<number> {
  const before = await proxy.cpu();
  await load(proxy.url, requestsPerRound);
  return ((await proxy.cpu()) - before) / requestsPerRound;
}

async function connectionsPer1000(service: string, redisUrl: string, close: boolean): Promise<number> {
  const gateway = await startGateway(service, redisUrl);
  await load(gateway.url, connectionRequests, close);
  const opened = await metric(gateway.operationsUrl, 'gateway_upstream_connections_total');
  gateway.stop();
  return (opened / connectionRequests) * 1000;
}

/** A closed loop: each of the connections sends its next request when it has its answer. */
async function load(url: string, requests: number, close = false): Promise<void> {
  const pool = new Pool(url, { connections: concurrency, pipelining: 1 });
  let sent = 0;
  const client = async () => {
    while (sent++ < requests) {
      const answer = await pool.request({ method: 'GET', path, reset: close });
      if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}`);
      await answer.body.text();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  await pool.close();
}

async function startGateway(service: string, redisUrl: string): Promise<Proxy & { operationsUrl: string }> {
  const { url, operationsUrl, child } = await start('../src/main.ts', [], {
    HOST: '127.0.0.1',
    OPERATIONS_HOST: '127.0.0.1',
    PORT: '0',
    CUSTOMER_SERVICE_URL: service,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: 'bench',
    // The limits count every request and refuse none.
    RATE_LIMIT_READ: '100000000/60',
  });
  return {
    url,
    operationsUrl,
    cpu: async () => (await metric(operationsUrl, 'process_cpu_seconds_total')) * 1e6,
    stop: () => void child.kill(),
  };
}

async function startBare(service: string): Promise<Proxy> {
  const { url, child } = await start('./bare.ts', [service]);
  return {
    url,
    async cpu() {
      const answer = once(child, 'message') as Promise<[{ microseconds: number }]>;
      child.send('cpu');
      return (await answer)[0].microseconds;
    },
    stop: () => void child.kill(),
  };
}

interface Started {
  child: ChildProcess;
  url: string;
  operationsUrl: string;
}

async function start(
  file: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Started> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    env: { PATH: wholeEnvironment()['PATH'], NODE_ENV: 'production', ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  child.stdout?.resume();
  const [message] = (await once(child, 'message')) as [{ url: string; operationsUrl: string }];
  return { child, ...message };
}

async function metric(operationsUrl: string, name: string): Promise<number> {
  const { body } = await request(`${operationsUrl}/metrics`);
  const line = (await body.text()).split('\n').find((text) => text.startsWith(name));
  return Number(line?.split(' ').at(-1) ?? 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
