import { call } from '../call.ts';

/** What document 004 answers to everything. */
interface Answer<Data> {
  code: number;
  message: string;
  data: Data;
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_at: string;
  expires_in: number;
}

/** A page of a list. */
export interface Page<Item> {
  total: number;
  pages: number;
  current_page: number;
  page_size: number;
  data: Item[];
}

export type Ask = <Data>(method: string, path: string, body?: object) => Promise<Data>;

/**
 * Asks as the app of document 004 does; `authorization` is its `Token …`, or an operator's `Bearer …`.
 *
 * @throws where the answer's code is not 0
 */
export function client(url: string, authorization?: string): Ask {
  return async <Data>(method: string, path: string, body?: object) => {
    const { code, message, data } = await codeOf<Data>(url, authorization, method, path, body);
    if (code !== 0) throw new Error(`${method} ${path} answered ${code}: ${message}`);
    return data;
  };
}

/** The same, whatever the code. */
export async function codeOf<Data>(
  url: string,
  authorization: string | undefined,
  method: string,
  path: string,
  body?: object,
): Promise<Answer<Data>> {
  return (
    await call<Answer<Data>>(`${url}${path}`, {
      method,
      body,
      ...(authorization !== undefined && { headers: { Authorization: authorization } }),
    })
  ).body;
}
