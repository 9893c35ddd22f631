import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wholeEnvironment } from '@portico/config';
import { freePort, startRedis } from '@portico/data-stores';
import { Pool, request } from 'undici';

/** Microseconds of CPU per proxied GET, by what was measured. */
type Costs = Record<string, number>;

export interface ProxyCost {
  /** CPU of the gateway per proxied GET against the same features off the shelf, in the same run (goal P1). */
  ratio: number;
  /** … and against Express with http-proxy-middleware and nothing else. */
  bareRatio: number;
  /** The medians of the rounds. */
  medians: Costs;
  /** Connections to the service beyond the requests in flight at once, per 1,000 requests (goal P2). */
  connections: { keptByClients: number; closedByClients: number };
  rounds: Costs[];
}

export interface ProxyCostOptions {
  /** Further gateways to take beside them: by name the path of their `main.ts`. */
  others?: Readonly<Record<string, string>>;
  rounds?: number;
  /** Share of the usual number of requests, for a busy machine. */
  scale?: number;
  onRound?: (costs: Costs) => void;
}

const concurrency = 32;
const requestsPerRound = 2000;
/** All compile for thousands of requests before their cost settles. */
const warmUp = 20_000;
const connectionRequests = 3000;
const path = '/api/tickets?skip=0&limit=10';

interface Proxy {
  url: string;
  /** Microseconds of CPU since it started. */
  cpu(): Promise<number>;
  stop(): void;
}

/** Takes P1 and P2 side by side: the gateway with everything on, its features off the shelf, and the bare proxy. */
export async function measureProxyCost(options: ProxyCostOptions = {}): Promise<ProxyCost> {
  const { others = {}, rounds = 21, scale = 1, onRound } = options;
  const perRound = Math.ceil(requestsPerRound * scale);
  const folder = mkdtempSync(join(tmpdir(), 'portico-bench-'));
  const searchPath = wholeEnvironment()['PATH'] ?? '';
  const redis = await startRedis({ dataDir: join(folder, 'redis'), port: await freePort(), searchPath });
  const upstream = await start('./upstream.ts', []);
  try {
    const proxies: Record<string, Proxy> = {
      bare: await startOther('./bare.ts', [upstream.url]),
      offTheShelf: await startOther('./off-the-shelf.ts', [upstream.url, redis.url]),
      gateway: await startGateway(upstream.url, redis.url),
    };
    for (const [name, main] of Object.entries(others))
      proxies[name] = await startGateway(upstream.url, redis.url, main);
    for (const proxy of Object.values(proxies)) await load(proxy.url, Math.ceil(warmUp * scale));
    const measured: Costs[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const costs: Costs = {};
      for (const [name, proxy] of Object.entries(proxies)) costs[name] = await cpuPerRequest(proxy, perRound);
      measured.push(costs);
      onRound?.(costs);
    }
    for (const proxy of Object.values(proxies)) proxy.stop();
    // Round by round, because whatever else the machine does weighs on all of a round.
    const against = (name: string) =>
      median(measured.map((costs) => (costs['gateway'] ?? 0) / (costs[name] ?? Number.NaN)));
    const medians = Object.fromEntries(
      Object.keys(proxies).map((name) => [name, median(measured.map((costs) => costs[name] ?? 0))]),
    );
    return {
      ratio: against('offTheShelf'),
      bareRatio: against('bare'),
      medians,
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

async function cpuPerRequest(proxy: Proxy, requests: number): Promise<number> {
  const before = await proxy.cpu();
  await load(proxy.url, requests);
  return ((await proxy.cpu()) - before) / requests;
}

async function connectionsPer1000(service: string, redisUrl: string, close: boolean): Promise<number> {
  const gateway = await startGateway(service, redisUrl);
  await load(gateway.url, connectionRequests, close);
  const opened = await metric(gateway.operationsUrl, 'gateway_upstream_connections_total');
  gateway.stop();
  return ((opened - concurrency) / connectionRequests) * 1000;
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

async function startGateway(
  service: string,
  redisUrl: string,
  main = '../src/main.ts',
): Promise<Proxy & { operationsUrl: string }> {
  const { url, operationsUrl, child } = await start(main, [], {
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

async function startOther(file: string, args: readonly string[]): Promise<Proxy> {
  const { url, child } = await start(file, args);
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
