import { spawn } from 'node:child_process';
import type { Environment } from '@portico/config';
import { freePort, isFree } from '@portico/data-stores';
import { sourceOf, type App } from './apps.ts';
import { runOf } from './child-run.ts';
import type { LauncherConfig, Placement } from './environment.ts';
import { shown, type Log } from './logs.ts';
import type { Run } from './supervisor.ts';

/** One process of an app and where it is found, fixed for as long as the launcher runs. */
export interface Instance {
  app: App;
  name: string;
  port: number;
  operationsPort: number;
  /** Where the launcher and the gateway reach it. */
  url: string;
  operationsUrl: string;
}

/**
 * Gives every process its ports.
 *
 * @throws when a port that was asked for is in use
 */
export async function place(config: LauncherConfig): Promise<Instance[]> {
  const placed: Instance[] = [];
  for (const [app, placement] of config.placements)
    placed.push(...(await placeApp(app, placement, app.kind === 'gateway' ? config.HOST : '127.0.0.1')));
  return placed;
}

async function placeApp(app: App, placement: Placement, host: string): Promise<Instance[]> {
  return Promise.all(
    Array.from({ length: placement.instances }, async (_, index) => {
      const first = index === 0;
      const port = first && placement.port > 0 ? await wanted(placement.port) : await freePort();
      const operationsPort =
        first && placement.operationsPort > 0 ? await wanted(placement.operationsPort) : await freePort();
      return {
        app,
        name: first ? app.name : `${app.name}-${index + 1}`,
        port,
        operationsPort,
        url: `http://${reachable(host)}:${port}`,
        operationsUrl: `http://127.0.0.1:${operationsPort}`,
      };
    }),
  );
}

/** An address at which a server is reached that listens on `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

async function wanted(port: number): Promise<number> {
  if (await isFree(port)) return port;
  throw new Error(
    `port ${port} is in use: stop what uses it, or choose another one (PORT=0 picks a free one)`,
  );
}

/** Above the time that an app gives requests in flight. */
const graceMs = 15_000;

/** Starts the process of an instance, with its output in its log. */
export function spawnInstance({ app, name }: Instance, environment: Environment, log: Log): Run {
  const child = spawn(process.execPath, [...app.nodeFlags, sourceOf(app, 'main')], {
    // A process group of its own: a Ctrl-C in the terminal must reach the launcher alone, which stops in order.
    detached: true,
    env: environment,
    stdio: ['ignore', log.descriptor, log.descriptor, 'ipc'],
  });
  const up = new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const lines = log.read().map(shown);
      const output = lines.filter((line) => line !== undefined).join('\n');
      reject(new Error(output === '' ? `${name} ended at start (${signal ?? `exit code ${code}`})` : output));
    });
  });
  return runOf(child, up, graceMs);
}
