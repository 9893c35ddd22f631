import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type {} from '@portico/testing';
import { apps, root, runningPid } from '@portico/launcher';

interface State {
  gateway: { url: string; pid: number };
  operations: { url: string };
  services: Record<string, { url: string; pid: number; instances?: { url: string; pid: number }[] }>;
  notifier: { pid: number };
  mongodb: { uri: string };
  redis: { url: string };
}

interface Launcher {
  child: ChildProcess;
  output: string[];
}

const folder = mkdtempSync(join(tmpdir(), 'portico-platform-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const stateFile = (dataDir: string) => join(dataDir, 'portico.json');

/** `npm start` without npm, as a process of its own. */
function launch(dataDir: string, environment: Record<string, string> = {}): Launcher {
  const child = spawn(
    process.execPath,
    [join(root, 'tools', 'launcher', 'src', 'bootstrap.mjs'), 'tools/launcher/src/start.ts'],
    {
      env: { PATH: inject('searchPath'), DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  }
  return { child, output };
}

function stateOf(dataDir: string): State {
  return JSON.parse(readFileSync(stateFile(dataDir), 'utf8')) as State;
}

async function untilReady(dataDir: string, { child, output }: Launcher): Promise<State> {
  const isDecided = () => existsSync(stateFile(dataDir)) || child.exitCode !== null;
  await vi.waitUntil(isDecided, { timeout: 120_000 });
  if (child.exitCode !== null) throw new Error(output.join(''));
  return stateOf(dataDir);
}

async function exitOf({ child }: Launcher): Promise<unknown> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode;
}

/** The processes that have this folder in their environment or on their command line. */
function processesOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return ['environ', 'cmdline'].some((file) =>
          readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(dataDir),
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

const services = apps.filter(({ kind }) => kind === 'service').map(({ name }) => name);

describe('while it runs', () => {
  const dataDir = join(folder, 'running');
  let launcher: Launcher;
  beforeAll(async () => {
    launcher = launch(dataDir, { APP_SUPPORT_INSTANCES: '2' });
    await untilReady(dataDir, launcher);
  });
  afterAll(async () => {
    launcher.child.kill('SIGTERM');
    expect(await exitOf(launcher)).toBe(0);
  });

  test('portico.json says where everything is, and the gateway is ready', async () => {
    const state = stateOf(dataDir);
    expect(Object.keys(state).sort()).toEqual(
      ['gateway', 'mongodb', 'notifier', 'operations', 'redis', 'services'].sort(),
    );
    expect(Object.keys(state.services).sort()).toEqual([...services].sort());
    expect(state.services['app-support']?.instances).toHaveLength(2);
    expect((await fetch(`${state.gateway.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${state.operations.url}/readyz`)).status).toBe(200);
  });

  test('the folder and what is in it are for their owner alone', () => {
    const entries = readdirSync(dataDir, { recursive: true, encoding: 'utf8' });
    expect(entries).toContain(join('mongodb', 'mongodb.sock'));
    for (const entry of ['.', ...entries]) expect(statSync(join(dataDir, entry)).mode & 0o077, entry).toBe(0);
  });

  // Only root can become another user.
  test.runIf(process.getuid?.() === 0)('another user reads nothing of it and speaks to no store', () => {
    chmodSync(folder, 0o755);
    const nobody = (script: string) =>
      spawnSync(process.execPath, ['-e', script], { uid: 65_534, gid: 65_534, encoding: 'utf8', cwd: '/' })
        .stdout;
    const path = (...names: string[]) => JSON.stringify(join(dataDir, ...names));
    for (const names of [['portico.json'], ['secrets.json'], ['mongodb', 'data.mdb'], ['redis', 'password']])
      expect(nobody(`try { fs.readFileSync(${path(...names)}) } catch (e) { console.log(e.code) }`)).toBe(
        'EACCES\n',
      );
    expect(
      nobody(`net.connect(${path('mongodb', 'mongodb.sock')}).on('error', (e) => console.log(e.code))`),
    ).toBe('EACCES\n');
    const { port } = new URL(stateOf(dataDir).redis.url);
    expect(
      nobody(
        `net.connect(${port}, '127.0.0.1').on('data', (d) => { console.log(String(d)); process.exit() }).write('KEYS *\\r\\n')`,
      ),
    ).toMatch(/^-NOAUTH/);
  });

  test('it prints where to go and the login, which is in secrets.json', () => {
    const { adminEmail, adminPassword } = JSON.parse(
      readFileSync(join(dataDir, 'secrets.json'), 'utf8'),
    ) as Record<string, string>;
    const output = launcher.output.join('');
    for (const text of [stateOf(dataDir).gateway.url, '/docs', adminEmail, adminPassword, dataDir]) {
      expect(output).toContain(text);
    }
  });

  test.each(['gateway', 'app-support', 'notifier'] as const)('%s heals when it is killed', async (name) => {
    const of = (state: State) => (name === 'app-support' ? state.services[name] : state[name]);
    const before = stateOf(dataDir);
    killByForce(of(before)?.pid);
    await expect.poll(() => of(stateOf(dataDir))?.pid).not.toBe(of(before)?.pid);
    expect(stateOf(dataDir).gateway.url).toBe(before.gateway.url);
    await expect.poll(() => statusOf(`${before.gateway.url}/readyz`)).toBe(200);
  });

  test('the stores heal on the same port with the same data', async () => {
    const { mongodb, gateway } = stateOf(dataDir);
    const client = await MongoClient.connect(mongodb.uri);
    await client.db('check').collection('kept').insertOne({ name: 'kept' });
    for (const name of ['mongodb', 'redis']) {
      const pid = runningPid(join(dataDir, `${name}.pid`));
      killByForce(pid);
      await expect
        .poll(() => runningPid(join(dataDir, `${name}.pid`)))
        .toSatisfy((now) => now !== undefined && now !== pid);
    }
    // The process is there before it listens.
    const kept = () => client.db('check').collection('kept').countDocuments();
    await expect.poll(kept).toBe(1);
    await client.close();
    await expect.poll(() => statusOf(`${gateway.url}/readyz`)).toBe(200);
  });

  test('a second start in the same folder is refused in one line', async () => {
    const second = launch(dataDir);
    expect(await exitOf(second)).toBe(1);
    expect(second.output.join('')).toMatch(/^\S+ is in use by a running Portico \(pid \d+\).*\n$/);
  });
});

test('stopping leaves no process, also when it is told twice, and the next start finds the data', async () => {
  const dataDir = join(folder, 'again');
  const first = launch(dataDir);
  const state = await untilReady(dataDir, first);
  const client = await MongoClient.connect(state.mongodb.uri);
  await client.db('check').collection('kept').insertOne({ name: 'kept' });
  await client.close();
  const secrets = readFileSync(join(dataDir, 'secrets.json'), 'utf8');
  first.child.kill('SIGINT');
  first.child.kill('SIGINT');
  expect(await exitOf(first)).toBe(0);
  expect(processesOf(dataDir)).toEqual([]);
  expect(existsSync(stateFile(dataDir))).toBe(false);

  const second = launch(dataDir);
  const { mongodb } = await untilReady(dataDir, second);
  expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).toBe(secrets);
  const again = await MongoClient.connect(mongodb.uri);
  expect(await again.db('check').collection('kept').countDocuments()).toBe(1);
  await again.close();

  // Killed by force, the launcher takes its apps along; its stores are found and ended by the next start.
  killByForce(runningPid(join(dataDir, 'launcher.pid')));
  const stores = ['mongodb', 'redis'].map((name) => runningPid(join(dataDir, `${name}.pid`)));
  await expect.poll(() => processesOf(dataDir).filter((pid) => !stores.includes(pid))).toEqual([]);
  rmSync(stateFile(dataDir));
  const third = launch(dataDir);
  await untilReady(dataDir, third);
  expect(processesOf(dataDir).filter((pid) => stores.includes(pid))).toEqual([]);
  third.child.kill('SIGTERM');
  expect(await exitOf(third)).toBe(0);
  expect(processesOf(dataDir)).toEqual([]);
});

test('a stop while it is starting leaves no process either', async () => {
  const dataDir = join(folder, 'interrupted');
  const launcher = launch(dataDir);
  await expect.poll(() => existsSync(join(dataDir, 'logs', 'gateway.log'))).toBe(true);
  launcher.child.kill('SIGTERM');
  expect(await exitOf(launcher)).toBe(0);
  expect(processesOf(dataDir)).toEqual([]);
});

test('production does not start without stores of its own or the secrets that are missing, and names them', async () => {
  const dataDir = join(folder, 'production');
  const refused = launch(dataDir, { NODE_ENV: 'production' });
  expect(await exitOf(refused)).toBe(1);
  expect(refused.output.join('')).toMatch(/Portico cannot start:\n {2}MONGODB_URI: .*\n {2}REDIS_URL: /);
  const launcher = launch(dataDir, { NODE_ENV: 'production', ALLOW_EMBEDDED_STORES: 'true' });
  expect(await exitOf(launcher)).toBe(1);
  expect(launcher.output.join('')).toContain('WARNING: production runs on stores of this machine alone');
  expect(launcher.output.join('')).toMatch(/notifier cannot start:\n(?: {2}[A-Z_]+: .+\n)+/);
  expect(existsSync(join(dataDir, 'secrets.json'))).toBe(false);
  expect(processesOf(dataDir)).toEqual([]);
});

/** SIGKILL. Never with a pid that is not known: 0 is the whole process group of the test. */
function killByForce(pid: number | undefined): void {
  if (pid === undefined) throw new Error('nothing to kill');
  process.kill(pid, 'SIGKILL');
}

async function statusOf(url: string): Promise<number | undefined> {
  try {
    return (await fetch(url)).status;
  } catch {
    return undefined;
  }
}
