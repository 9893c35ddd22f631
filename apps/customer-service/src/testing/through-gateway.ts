import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, startApp, type AppProcess, type TestStores } from '@portico/testing';
import { expect, vi } from 'vitest';
import { environmentOf, operator } from './support.ts';

const patience = { timeout: 120_000, interval: 50 };

/** A mail as the notifier writes it in development. */
export interface Mail {
  to: string;
  template: string;
  code?: string;
  text: string;
}

/** The service, the notifier and the gateway as processes, and whichever other service a test needs beside them. */
export async function startThroughGateway(stores: TestStores, other?: { app: string; variable: string }) {
  const dataDir = mkdtempSync(join(tmpdir(), 'customer-service-'));
  const environment = { ...environmentOf(stores, dataDir), DATA_DIR: dataDir };
  const inDatabase = (app: string) =>
    startApp(app, { ...environment, MONGODB_DATABASE: `${stores.database}_${app}` });
  const [service, notifier, neighbour] = await Promise.all([
    startApp('customer-service', environment),
    inDatabase('notifier'),
    other && inDatabase(other.app),
  ]);
  const gateway = await startApp('gateway', {
    PORT: '0',
    CUSTOMER_SERVICE_URL: service.url,
    ...(other && neighbour && { [other.variable]: neighbour.url }),
    REDIS_URL: stores.redisUrl,
    REDIS_PREFIX: stores.redisPrefix,
  });
  const apps: AppProcess[] = [gateway, service, notifier, ...(neighbour ? [neighbour] : [])];

  const send = <Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
  ) =>
    call<Body>(gateway.url + path, {
      method,
      body,
      ...(token !== undefined && { headers: { Authorization: `Bearer ${token}` } }),
    });

  async function signIn(credentials: { email: string; password: string }): Promise<string> {
    const { status, body } = await send<{ access_token: string }>('POST', '/api/auth/login', credentials);
    expect(status).toBe(200);
    return body.access_token;
  }

  const mails = (to: string): Mail[] => {
    const file = join(dataDir, 'outbox.ndjson');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    return lines
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Mail)
      .filter((mail) => mail.to === to);
  };
  const mailed = (to: string, template: string) =>
    vi.waitFor(() => expect(mails(to).map((mail) => mail.template)).toContain(template), patience);

  async function mailedCode(email: string): Promise<string | undefined> {
    const sent = await send('POST', '/api/auth/send-code', { email });
    expect(sent).toMatchObject({ status: 200, body: { message: '验证码已发送', email } });
    await mailed(email, 'verification-code');
    return mails(email).find(({ template }) => template === 'verification-code')?.code;
  }

  return {
    url: gateway.url,
    send,
    signIn,
    mails,
    mailed,
    operatorToken: await vi.waitFor(() => signIn(operator), patience),
    mailedCode,
    /** Registers with a code out of a mail, and signs in. */
    async newCustomer(email: string, password: string): Promise<string> {
      const verification_code = await mailedCode(email);
      const registered = await send('POST', '/api/auth/register', { email, password, verification_code });
      expect(registered.status).toBe(201);
      return signIn({ email, password });
    },
    async stop(): Promise<void> {
      const codes = await Promise.all(apps.map((app) => app.stop()));
      rmSync(dataDir, { recursive: true, force: true });
      expect(codes).toEqual(apps.map(() => 0));
    },
  };
}

export type ThroughGateway = Awaited<ReturnType<typeof startThroughGateway>>;
