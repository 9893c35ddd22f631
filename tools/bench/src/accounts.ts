import { load, type LoadResult } from './load.ts';

/** What account-pool is asked for through the gateway (document 001), with every answer looked at. */

export const platform = 'bench';
/** As many as an upload may hold (contract: upload validation). */
export const batch = 10_000;
/** As many scripts as work at the same time, and as many callers of the bare driver. */
export const connections = 32;
const longestSeconds = 60;

interface Answer<Data = unknown> {
  code: number;
  message: string;
  data: Data;
}

/** @throws when it is not a success */
function dataOf<Data>(status: number, body: string): Data {
  const { code, message, data } = JSON.parse(body) as Answer<Data>;
  if (status !== 200 || code !== 0) throw new Error(`answered ${status}, ${code}: ${message}`);
  return data;
}

/** Accounts of an upload, each about 300 bytes of JSON. */
export function accountsFrom(first: number, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    platform,
    customId: `account-${first + index}`,
    data: JSON.stringify({
      username: `user${first + index}`,
      password: 'x'.repeat(40),
      note: 'y'.repeat(120),
    }),
  }));
}

/** Uploads accounts of an owner, from a number on, in full batches; answers how long the requests took. */
export async function upload(url: string, owner: string, count: number, first = 0): Promise<number> {
  let seconds = 0;
  for (let done = 0; done < count; done += batch) {
    const body = JSON.stringify(accountsFrom(first + done, Math.min(batch, count - done)));
    const started = performance.now();
    const response = await fetch(`${url}/s/v1/${owner}/upload`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    dataOf(response.status, await response.text());
    seconds += (performance.now() - started) / 1000;
  }
  return seconds;
}

/** Who leased what, so that an account which is handed out twice is found. */
export interface Ledger {
  readonly leased: Set<number>;
}

/** Leases accounts of an owner with so many requests. */
export function lease(
  url: string,
  owner: string,
  { requests, count = 1, ledger }: { requests: number; count?: number; ledger: Ledger },
): Promise<LoadResult> {
  const path = `/s/v1/${owner}/acquire?platform=${platform}&count=${count}`;
  return load({
    url,
    connections,
    requests,
    seconds: longestSeconds,
    next: () => ({ path }),
    check(status, body) {
      const accounts = dataOf<{ id: number }[]>(status, body);
      if (accounts.length !== count) throw new Error(`${accounts.length} accounts instead of ${count}`);
      for (const { id } of accounts) {
        if (ledger.leased.has(id)) throw new Error(`account ${id} was leased twice`);
        ledger.leased.add(id);
      }
    },
  });
}

/** Acquires from a pool that is empty. */
export function leaseNone(url: string, owner: string, requests: number): Promise<LoadResult> {
  const path = `/s/v1/${owner}/acquire?platform=${platform}`;
  return load({
    url,
    connections,
    requests,
    seconds: longestSeconds,
    next: () => ({ path }),
    check(_status, body) {
      const { code } = JSON.parse(body) as Answer;
      if (code !== 1001) throw new Error(`an empty pool answered ${code}`);
    },
  });
}

/** The requests of row P6, by name. */
const scaled = {
  acquire: (owner: string) => ({ path: `/s/v1/${owner}/acquire?platform=${platform}` }),
  list: () => ({
    method: 'POST' as const,
    path: '/web/v1/accounts/list',
    body: JSON.stringify({
      filters: {},
      pagination: { page: 1, pageSize: 10 },
      sort: { field: 'id', order: 'desc' },
    }),
  }),
  'list of an owner': (owner: string) => ({
    method: 'POST' as const,
    path: '/web/v1/accounts/list',
    body: JSON.stringify({
      filters: { ownerId: owner, status: ['available'] },
      pagination: { page: 1, pageSize: 10 },
      sort: { field: 'createdAt', order: 'desc' },
    }),
  }),
  stats: () => ({ path: '/web/v1/stats/overview' }),
};

/** What each request of row P6 takes with as many accounts as there are now. */
export async function requestTimes(url: string, owner: string): Promise<Record<string, LoadResult>> {
  const times: Record<string, LoadResult> = {};
  for (const [name, requestOf] of Object.entries(scaled)) {
    times[name] = await load({
      url,
      connections: 4,
      requests: 2000,
      seconds: longestSeconds,
      next: () => requestOf(owner),
      check: (status, body) => void dataOf(status, body),
    });
  }
  return times;
}
