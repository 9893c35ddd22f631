import { get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool, type Dispatcher } from 'undici';

export interface Request {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: Dispatcher.DispatchOptions['body'];
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Sends each request to the next of several gateways, and to none that says that it is not ready. */
export interface Balancer {
  send(request: Request): Promise<Answer>;
  /** How many of them get requests now. */
  ready(): number;
  close(): Promise<void>;
}

/** How often each is asked: a gateway that leaves goes on for 400 ms after it has said so. */
const askEveryMs = 50;

/** Stands for the load balancer of a cluster. It repeats nothing: a request that fails has failed. */
export function startBalancer(urls: readonly string[]): Balancer {
  const stopping = new AbortController();
  const targets = urls.map((url) => ({
    url,
    requests: new Pool(url, { connections: 100 }),
    isReady: false,
  }));
  const watching = targets.map(async (target) => {
    while (!stopping.signal.aborted) {
      target.isReady = (await isReady(target.url)) ?? target.isReady;
      await wait(askEveryMs);
    }
  });
  let turn = 0;
  return {
    async send({ headers, body = null, ...request }) {
      const ready = targets.filter(({ isReady }) => isReady);
      const target = ready[(turn += 1) % ready.length];
      if (!target) throw new Error('no gateway is ready');
      const answer = await target.requests.request({
        ...request,
        headers: { 'Content-Type': 'application/json', ...headers },
        body,
      });
      return { status: answer.statusCode, body: (await answer.body.json()) as Answer['body'] };
    },
    ready: () => targets.filter(({ isReady }) => isReady).length,
    async close() {
      stopping.abort();
      await Promise.all(watching);
      await Promise.all(targets.map(({ requests }) => requests.destroy()));
    },
  };
}

/** On a connection of its own each time, as probes are. Undefined where there is no answer, which says nothing yet. */
function isReady(url: string): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const request = get(`${url}/readyz`, { agent: false, timeout: 2000 }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode === 200));
    });
    request.once('timeout', () => {
      resolve(undefined);
      request.destroy();
    });
    request.once('error', () => resolve(false));
  });
}
