import type { Environment } from '@portico/config';
import { prefixOf } from './apps.ts';
import type { DataDir } from './data-dir.ts';
import { environmentOf } from './environment.ts';
import { spawnInstance, type Instance } from './instances.ts';
import { openLog, shown, type Log } from './logs.ts';
import type { RunningInstance, StoreAddresses } from './state-file.ts';
import { supervise, type Supervised } from './supervisor.ts';

export interface MembersOptions {
  instances: readonly Instance[];
  dataDir: DataDir;
  stores: StoreAddresses;
  /** The launcher's own environment. */
  inherited: Environment;
  /** Secrets that nobody gave. */
  secrets: Environment;
  onRestart: () => void;
  report: (message: string) => void;
}

/** The processes of all apps, each kept running. */
export interface Members {
  /** Resolves when all of them listen; rejects with everything that any of them has to say against it. */
  readonly up: Promise<void>;
  running(): RunningInstance[];
  /** The gateway first, so that nobody is sent to a service that has gone. */
  stop(): Promise<void>;
}

interface Member {
  instance: Instance;
  log: Log;
  process: Supervised;
}

/** How often the logs are looked over for warnings. */
const lookMs = 500;

/** Starts every process, all at once. */
export function startMembers(options: MembersOptions): Members {
  const { instances, dataDir, report } = options;
  const members = instances.map((instance): Member => {
    const environment = environmentFor(instance, options);
    const log = openLog(dataDir.logFile(instance.name));
    const spawn = () => spawnInstance(instance, environment, log);
    return {
      instance,
      log,
      process: supervise({ name: instance.name, spawn, onRestart: options.onRestart, report }),
    };
  });
  const up = allUp(members);
  let isUp = false;
  up.then(
    () => (isUp = true),
    () => undefined,
  );
  // Before that, what a process printed is the reason for its end.
  const look = setInterval(() => {
    if (isUp) members.forEach((member) => showNews(member, report));
  }, lookMs);
  return {
    up,
    running: () => members.map(({ instance, process: { pid } }) => ({ instance, pid })),
    async stop() {
      clearInterval(look);
      const isGateway = ({ instance }: Member) => instance.app.kind === 'gateway';
      await stopAll(members.filter(isGateway));
      await stopAll(members.filter((member) => !isGateway(member)));
      for (const { log } of members) log.close();
    },
  };
}

async function allUp(members: readonly Member[]): Promise<void> {
  const results = await Promise.allSettled(members.map((member) => member.process.up));
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  if (reasons.length > 0) throw new Error(reasons.map(({ message }) => message).join('\n'));
}

async function stopAll(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map((member) => member.process.stop()));
}

function showNews({ instance, log }: Member, report: (message: string) => void): void {
  for (const line of log.read()) {
    const message = shown(line);
    if (message !== undefined) report(`${instance.name}: ${message}`);
  }
}

/** The environment that a process is started with. */
export function environmentFor(
  instance: Instance,
  options: Pick<MembersOptions, 'instances' | 'dataDir' | 'stores' | 'inherited' | 'secrets'>,
): Environment {
  const { app, port, operationsPort } = instance;
  return environmentOf({
    app,
    inherited: options.inherited,
    secrets: options.secrets,
    decided: {
      DATA_DIR: options.dataDir.folder,
      MONGODB_URI: options.stores.mongodb,
      REDIS_URL: options.stores.redis,
      PORT: String(port),
      OPERATIONS_PORT: String(operationsPort),
      ...(app.kind === 'gateway' && addressesOf(options.instances)),
    },
  });
}

/**
 * Where the gateway finds the others, `ACCOUNT_POOL_URL` and so on: every instance of a service, separated by commas,
 * and the operations of a worker, which has no other door.
 */
function addressesOf(instances: readonly Instance[]): Record<string, string> {
  const others = instances.filter(({ app }) => app.kind !== 'gateway');
  return Object.fromEntries(
    [...Map.groupBy(others, ({ app }) => app)].map(([app, members]) => [
      `${prefixOf(app)}URL`,
      app.kind === 'worker'
        ? members
            .slice(0, 1)
            .map(({ operationsUrl }) => operationsUrl)
            .join()
        : members.map(({ url }) => url).join(),
    ]),
  );
}
