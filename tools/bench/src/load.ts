import { Client } from 'undici';

export interface LoadRequest {
  method?: 'GET' | 'POST';
  path: string;
  body?: string;
}

export interface LoadResult {
  count: number;
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
}

export interface LoadOptions {
  url: string;
  connections: number;
  requests: number;
  /** Ends sooner after this long. */
  seconds: number;
  /** The next request, by its number. */
  next(index: number): LoadRequest;
  /** Sees every answer; a wrong one must throw, because a quick error is not a result. */
  check(status: number, body: string): void;
}

/** Sends requests over kept connections, each its next one when it has read the answer to the last. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const clients = Array.from(
    { length: options.connections },
    () => new Client(options.url, { pipelining: 1, bodyTimeout: 60_000, headersTimeout: 60_000 }),
  );
  try {
    return await loop(options, async (index, worker) => {
      const { status, body } = await exchange(clients[worker] as Client, options.next(index));
      options.check(status, body);
    });
  } finally {
    await Promise.all(clients.map((client) => client.destroy()));
  }
}

export interface LoopOptions {
  connections: number;
  requests: number;
  seconds: number;
}

/** The same loop around any operation, for the bare driver beside the service. */
export async function loop(
  { connections, requests, seconds }: LoopOptions,
  operation: (index: number, worker: number) => Promise<void>,
): Promise<LoadResult> {
  const times: number[] = [];
  const started = performance.now();
  const deadline = started + seconds * 1000;
  let next = 0;
  const work = async (worker: number) => {
    while (next < requests && performance.now() < deadline) {
      const begun = performance.now();
      await operation(next++, worker);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, worker) => work(worker)));
  const sorted = Float64Array.from(times).sort();
  const quantile = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return {
    count: sorted.length,
    perSecond: sorted.length / ((performance.now() - started) / 1000),
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
  };
}

/** The least that undici can do: what sends the load shares the machine with what is measured. */
function exchange(client: Client, { method = 'GET', path, body }: LoadRequest) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    let status = 0;
    const chunks: Buffer[] = [];
    client.dispatch(
      {
        method,
        path,
        body: body ?? null,
        headers: body === undefined ? [] : ['content-type', 'application/json'],
      },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, code) => void (status = code),
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve({ status, body: Buffer.concat(chunks).toString('utf8') }),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}
