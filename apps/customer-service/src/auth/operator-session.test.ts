import { testStores } from '@portico/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { operator, startService, type Service } from '../testing/support.ts';

const stores = testStores();
let service: Service;
beforeAll(async () => (service = await startService(stores)));
afterAll(() => service.close());

const path = '/api/auth/session';

interface Options {
  cookie?: string;
  headers?: Record<string, string>;
  body?: object;
}

const send = (method: string, where: string, { cookie, headers, body }: Options = {}) =>
  fetch(service.url + where, {
    method,
    headers: {
      'Content-Type': 'application/json',
      Origin: new URL(service.url).origin,
      ...(cookie !== undefined && { Cookie: cookie }),
      ...headers,
    },
    ...(method !== 'DELETE' && { body: JSON.stringify(body ?? {}) }),
  });
/** Beside it stands the cookie of the device. */
const sessionCookie = (response: Response) =>
  response.headers.getSetCookie().find((cookie) => cookie.startsWith('portico_session=')) ?? null;
const cookieOf = (response: Response) => sessionCookie(response)?.split(';')[0] ?? '';
const signIn = () => send('POST', path, { body: operator });

it('keeps the refresh token in a cookie that no script reads', async () => {
  const response = await signIn();
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    access_token: expect.any(String) as string,
    token_type: 'bearer',
    expires_in: 1800,
    user: { id: expect.stringMatching(/^[0-9a-f]{24}$/) as string, email: operator.email },
  });
  expect(sessionCookie(response)).toMatch(
    /^portico_session=[\w.-]+; Max-Age=7200; Path=\/customer-service\/api\/auth\/session; HttpOnly; SameSite=Strict$/,
  );
});

it('sends the cookie over https only where the client came by https', async () => {
  const origin = new URL(service.url).origin.replace('http:', 'https:');
  const response = await send('POST', path, {
    body: operator,
    headers: { Origin: origin, 'X-Forwarded-Proto': 'https' },
  });
  expect(sessionCookie(response)).toContain('; Secure');
});

it('renews the session with the cookie and repeats a lost answer', async () => {
  const first = cookieOf(await signIn());
  const renewed = await send('POST', `${path}/refresh`, { cookie: first });
  expect(renewed.status).toBe(200);
  const { access_token: token } = (await renewed.json()) as { access_token: string };
  expect((await service.askAs(token)('GET', '/api/admin/users')).status).toBe(200);
  const second = cookieOf(renewed);
  expect(second).not.toBe(first);
  // Within the grace of a lost answer the former value gets the same successor.
  expect(cookieOf(await send('POST', `${path}/refresh`, { cookie: first }))).toBe(second);
});

it('ends the session and removes the cookie', async () => {
  const cookie = cookieOf(await signIn());
  const ended = await send('DELETE', path, { cookie });
  expect(ended.status).toBe(204);
  expect(sessionCookie(ended)).toMatch(/^portico_session=; Max-Age=0;/);
  expect((await send('POST', `${path}/refresh`, { cookie })).status).toBe(401);
});

it('refuses a customer and opens nothing for them', async () => {
  const customer = await service.newCustomer();
  const response = await send('POST', path, { body: { email: customer.email, password: customer.password } });
  expect(response.status).toBe(403);
  expect(sessionCookie(response)).toBeNull();
});

it('refuses a wrong password with 401', async () => {
  const response = await send('POST', path, { body: { ...operator, password: 'not the password' } });
  expect(response.status).toBe(401);
});

it('refuses a renewal without a cookie', async () => {
  expect((await send('POST', `${path}/refresh`)).status).toBe(401);
});

it.each([['https://evil.example'], ['null'], ['']])(
  'refuses the origin %j on all three paths',
  async (Origin) => {
    const cookie = cookieOf(await signIn());
    const headers = { Origin };
    expect((await send('POST', path, { body: operator, headers })).status).toBe(403);
    expect((await send('POST', `${path}/refresh`, { cookie, headers })).status).toBe(403);
    expect((await send('DELETE', path, { cookie, headers })).status).toBe(403);
    expect((await send('POST', `${path}/refresh`, { cookie })).status).toBe(200);
  },
);
