import { setTimeout as wait } from 'node:timers/promises';

export interface Call {
  method?: string | undefined;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer<Body> {
  status: number;
  body: Body;
}

/** How often a request that was refused for coming too soon is sent again, when the gateway says. */
const maxTries = 5;

/**
 * One exchange with the gateway. Like the clients of all four documents it says `Content-Type: application/json` also
 * where it sends no body, and it obeys `Retry-After`.
 */
export async function call<Body>(url: string, { method, body, headers }: Call = {}): Promise<Answer<Body>> {
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const seconds = Number(response.headers.get('retry-after') ?? 0);
    if (response.status === 429 && seconds > 0 && tries < maxTries) {
      await wait(seconds * 1000);
      continue;
    }
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Body };
  }
}
