import type { IncomingMessage } from 'node:http';
import { networkOf } from '../edge/client.ts';
import { stateOf } from '../state.ts';
import type { Response } from 'express';

/** How much of something one client may hold at a time, by each of its keys. */
export class Shares {
  readonly #most: number;
  readonly #held = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Holds one more for each key; undefined where one of them has its share already. */
  claim(keys: readonly string[]): (() => void) | undefined {
    if (keys.some((key) => (this.#held.get(key) ?? 0) >= this.#most)) return undefined;
    for (const key of keys) this.#held.set(key, (this.#held.get(key) ?? 0) + 1);
    return () => {
      for (const key of keys) {
        const left = (this.#held.get(key) ?? 1) - 1;
        if (left > 0) this.#held.set(key, left);
        else this.#held.delete(key);
      }
    };
  }
}

const credentialHeaders = ['authorization', 'x-api-key', 'cookie'];
const credentialInQuery = /[?&](?:token|key|api_key)=([^&]*)/i;

/** What shares are counted by: the client's address, and each credential that the request shows outside its body. */
export function clientKeys(request: IncomingMessage, response: Response): string[] {
  const { client, target } = stateOf(response);
  const keys = [`address ${networkOf(client.ip)}`];
  for (const name of credentialHeaders) {
    const value = request.headers[name];
    if (value !== undefined) keys.push(`${name} ${String(value)}`);
  }
  const inQuery = credentialInQuery.exec(target?.query ?? '')?.[1];
  if (inQuery !== undefined) keys.push(`query ${inQuery}`);
  return keys;
}
