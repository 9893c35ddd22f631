import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeConfig } from '@portico/config';
import { call, startApp, testStores } from '@portico/testing';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apps, compileCacheOf, root, shapeOf } from '@portico/launcher';
import { startCluster, type Cluster } from './cluster.ts';

/** What an app cannot do without although no single variable of its schema says so. */
const byRule: Record<string, string[]> = { notifier: ['EMAIL_PROVIDER'] };

describe('production with nothing set', () => {
  it.each(apps)('$name names everything that is missing at once and exits 1', async (app) => {
    const declared = describeConfig(await shapeOf(app))
      .filter((row) => row.requiredInProduction || row.default === '(required)')
      .map(({ name }) => name);
    expect(declared).not.toEqual([]);
    const refused = await startApp(app.name, {
      NODE_ENV: 'production',
      NODE_COMPILE_CACHE: compileCacheOf(root),
    }).then(
      () => 'it started',
      (error: unknown) => (error as Error).message,
    );
    const [ended, title, ...lines] = refused.split('\n');
    expect(ended).toBe(`${app.name} ended at start (1):`);
    expect(title).toBe(`${app.name} cannot start:`);
    // One line each, and nothing else: no stack.
    for (const line of lines) expect(line).toMatch(/^ {2}[A-Z_]+: (is not set|must be set in production)$/);
    const named = lines.map((line) => line.trim().split(':')[0]);
    expect(named.toSorted()).toEqual([...declared, ...(byRule[app.name] ?? [])].toSorted());
  });
});

describe('production with everything set', () => {
  const stores = testStores();
  const mails: string[] = [];
  const mailServer = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, accept) {
      mails.push(...session.envelope.rcptTo.map(({ address }) => address));
      stream.resume().once('end', () => accept(null));
    },
  });
  /** Stands for Cloudflare, and takes no token. */
  const turnstile = createServer((_request, response) => void response.end('{"success":false}'));
  let cluster: Cluster;
  beforeAll(async () => {
    await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => turnstile.listen(0, '127.0.0.1', resolve));
    cluster = await startCluster({
      stores,
      name: stores.database,
      environment: {
        NODE_ENV: 'production',
        // What a developer may lower or lift is at its default.
        RATE_LIMITS: '',
        BCRYPT_COST: '',
        TURNSTILE_SECRET: 'a secret of its own',
        TURNSTILE_URL: `http://127.0.0.1:${(turnstile.address() as AddressInfo).port}`,
        EMAIL_PROVIDER: 'smtp',
        SMTP_HOST: '127.0.0.1',
        SMTP_PORT: String((mailServer.server.address() as AddressInfo).port),
        SMTP_TLS: 'none',
        MAIL_FROM: 'Portico <no-reply@example.com>',
      },
    });
  });
  afterAll(async () => {
    await cluster.close();
    await new Promise<void>((resolve) => mailServer.close(resolve));
    await new Promise((resolve) => turnstile.close(resolve));
  });

  it('runs, and is ready', async () => {
    expect((await call(`${cluster.url}/readyz`)).status).toBe(200);
  });

  it('account-pool knows nobody without a key', async () => {
    const asked = [
      await call(`${cluster.url}/s/v1/studio/acquire?platform=forum`),
      await call(`${cluster.url}/web/v1/accounts/list`, { body: {} }),
    ];
    for (const answer of asked)
      expect(answer).toMatchObject({ status: 401, body: { code: 4001, data: null } });
  });

  it('nobody credits himself at sms-phone', async () => {
    const query = new URLSearchParams({
      username: 'someone',
      password: 'testpassword',
      email: 'someone@example.com',
      security_question: '测试问题? 测试答案',
    });
    const registered = await call<{ user: { token: string } }>(
      `${cluster.url}/api/register?${query.toString()}`,
    );
    expect(registered.status).toBe(201);
    const { token } = registered.body.user;
    const recharged = await call(`${cluster.url}/api/recharge?token=${token}&amount=10`);
    expect(recharged.body).toMatchObject({ success: false });
    expect((await call(`${cluster.url}/api/balance?token=${token}`)).body).toMatchObject({ balance: 0 });
  });

  it('the contact form asks Turnstile', async () => {
    const form = { name: 'A', email: 'a@example.com', message: 'A question.', turnstileToken: 'any' };
    expect((await call(`${cluster.url}/api/owa/info`, { body: form })).status).toBe(400);
  });

  it('the gateway counts', async () => {
    const answer = await call(`${cluster.url}/api/faq`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ratelimit-limit') ?? answer.headers.get('ratelimit')).toBeTruthy();
  });

  it('messages leave, and no copy of them stays', async () => {
    const account = 'someone@example.com';
    const sent = await call(`${cluster.url}/api/auth/send_code`, { body: { account } });
    expect(sent.body).toMatchObject({ code: 0 });
    await expect.poll(() => mails).toContain(account);
    // The development outbox and the simulator's address would be here.
    expect(readdirSync(cluster.folder).toSorted()).toEqual(['logs']);
  });

  it('a process listens on its own ports only', () => {
    for (const { instance, process } of cluster.members) {
      const own = instance.app.kind === 'worker' ? [] : [instance.port];
      expect(portsOf(process.pid), instance.name).toEqual([...own, instance.operationsPort].toSorted());
    }
  });
});

/** The TCP ports that a process listens on, as Linux tells. */
function portsOf(pid: number): number[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((descriptor) =>
    readlinkSync(`/proc/${pid}/fd/${descriptor}`),
  );
  const inodes = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const listening = '0A';
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === listening && inodes.has(columns[9] ?? ''))
    .map((columns) => Number.parseInt(columns[1]?.split(':')[1] ?? '', 16))
    .toSorted();
}
