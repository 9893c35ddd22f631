import { useSyncExternalStore } from 'react';
import { ApiError, toApiError } from './errors.ts';

export interface Operator {
  id: string;
  email: string;
}

/**
 * `unknown` until the cookie has been tried; `expired` keeps the page and asks for the password over it; `signed-out` shows
 * the sign-in page.
 */
export type SessionState =
  { status: 'unknown' } | { status: 'signed-out' } | { status: 'signed-in' | 'expired'; operator: Operator };

interface Granted {
  access_token: string;
  expires_in: number;
  user: Operator;
}
type Shared = { type: 'granted'; granted: Granted } | { type: 'signed-out' };

const endpoint = '/customer-service/api/auth/session';
/** Seconds before the end of a token at which it is replaced. */
const renewAhead = 60;

// The access token lives in this module and nowhere else: no script can read it from a storage.
let token: { value: string; until: number } | undefined;
let state: SessionState = { status: 'unknown' };
const listeners = new Set<() => void>();
const waiting: (() => void)[] = [];

const channel = new BroadcastChannel('portico.console.session');
channel.onmessage = ({ data }: MessageEvent<Shared>) => {
  if (data.type === 'granted') accept(data.granted);
  else end();
};

function change(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

function accept({ access_token: value, expires_in: seconds, user }: Granted): void {
  token = { value, until: Date.now() + seconds * 1000 };
  change({ status: 'signed-in', operator: { id: user.id, email: user.email } });
  for (const resume of waiting.splice(0)) resume();
}

function end(): void {
  token = undefined;
  change({ status: 'signed-out' });
}

async function post(path: string, body: object): Promise<Granted> {
  const response = await fetch(`${endpoint}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    credentials: 'same-origin',
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw toApiError(response, answer);
  return answer as Granted;
}

/** @throws ApiError 401 for wrong credentials, 403 for a customer's account, 429 with the wait */
export async function signIn(email: string, password: string): Promise<void> {
  const granted = await post('', { email, password });
  accept(granted);
  channel.postMessage({ type: 'granted', granted } satisfies Shared);
}

export async function signOut(): Promise<void> {
  await fetch(endpoint, { method: 'DELETE', credentials: 'same-origin' }).catch(() => undefined);
  end();
  channel.postMessage({ type: 'signed-out' } satisfies Shared);
}

/** Tries the session cookie once at the start of a tab. */
export async function resume(): Promise<void> {
  try {
    await renew(undefined);
  } catch {
    if (state.status === 'unknown') change({ status: 'signed-out' });
  }
}

/**
 * Replaces the access token. One tab asks, because a refresh token that two tabs send ends the session; the tabs that
 * waited find the token that the first one shared.
 */
async function renew(stale: string | undefined): Promise<void> {
  await navigator.locks.request('portico.console.refresh', async () => {
    if (token && token.value !== stale && Date.now() < token.until) return;
    const granted = await post('/refresh', {});
    accept(granted);
    channel.postMessage({ type: 'granted', granted } satisfies Shared);
  });
}

/** Asks for the password over the page, and resolves once the operator is signed in again. */
async function askAgain(): Promise<void> {
  if (state.status === 'signed-in') change({ status: 'expired', operator: state.operator });
  if (state.status !== 'expired') throw new ApiError('signed out', { status: 401, code: 'unauthenticated' });
  await new Promise<void>((resolve) => waiting.push(resolve));
}

async function renewOrAsk(stale: string | undefined): Promise<void> {
  try {
    await renew(stale);
  } catch (error) {
    // Without an answer the session may still stand: only a refusal asks for the password.
    if (!(error instanceof ApiError) || error.status >= 500 || error.status === 429) throw error;
    await askAgain();
  }
}

/**
 * `fetch` with the operator's token. A request that was refused for its token has changed nothing: it is sent once more
 * after the session was renewed.
 */
export async function authorizedFetch(request: Request): Promise<Response> {
  const again = request.clone();
  if (token && Date.now() > token.until - renewAhead * 1000) await renewOrAsk(token.value);
  const used = token?.value;
  const response = await fetch(withToken(request));
  if (response.status !== 401) return response;
  await renewOrAsk(used);
  return fetch(withToken(again));
}

function withToken(request: Request): Request {
  if (token) request.headers.set('Authorization', `Bearer ${token.value}`);
  return request;
}

export function useSession(): SessionState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}
