import type { Client } from 'undici';

export interface Exchange {
  status: number;
  body: string;
}

/** Runs an operation again and again, on as many loops at a time; answers how often a second it was done. */
export async function perSecond(
  loops: number,
  times: number,
  operation: (index: number, loop: number) => Promise<void>,
): Promise<number> {
  let next = 0;
  const started = performance.now();
  const work = async (loop: number) => {
    while (next < times) await operation(next++, loop);
  };
  await Promise.all(Array.from({ length: loops }, (_, loop) => work(loop)));
  return times / ((performance.now() - started) / 1000);
}

/** The least that undici can do: what sends the load shares the machine with what is measured. */
export function exchange(client: Client, path: string, body?: string, more: string[] = []) {
  return new Promise<Exchange>((resolve, reject) => {
    let status = 0;
    const chunks: Buffer[] = [];
    const headers = body === undefined ? more : ['content-type', 'application/json', ...more];
    client.dispatch(
      { method: body === undefined ? 'GET' : 'POST', path, body: body ?? null, headers },
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
