import { readFileSync, rmSync } from 'node:fs';
import { writeJsonAtomically } from './atomic-file.ts';
import type { Instance } from './instances.ts';

/** A process that serves, as `portico.json` names it. */
export interface RunningInstance {
  instance: Instance;
  pid: number;
}

/** Where the stores are. */
export interface StoreAddresses {
  mongodb: string;
  redis: string;
}

/** A process that serves, as others find it. */
interface Address {
  url: string;
  pid: number;
}

/** `DATA_DIR/portico.json` as whoever works with a running platform reads it. */
export interface PlatformState {
  gateway: Address;
  operations: { url: string };
  /** By the name of the app; where it has several instances, the first is at the top and all are listed. */
  services: Record<string, Address & { instances?: Address[] }>;
  mongodb: { uri: string };
  redis: { url: string };
}

/** Writes `DATA_DIR/portico.json`: it exists while the platform is ready and says where everything is. */
export function writeState(file: string, running: readonly RunningInstance[], stores: StoreAddresses): void {
  const gateway = running.find(({ instance }) => instance.app.kind === 'gateway');
  const services = Map.groupBy(
    running.filter(({ instance }) => instance.app.kind === 'service'),
    ({ instance }) => instance.app.name,
  );
  const workers = running.filter(({ instance }) => instance.app.kind === 'worker');
  const state = {
    ...(gateway && {
      gateway: { url: gateway.instance.url, pid: gateway.pid },
      operations: { url: gateway.instance.operationsUrl },
    }),
    services: Object.fromEntries(
      [...services].map(([name, members]) => {
        const instances = members.map(({ instance, pid }) => ({ url: instance.url, pid }));
        return [name, { ...instances[0], ...(instances.length > 1 && { instances }) }];
      }),
    ),
    ...Object.fromEntries(workers.map(({ instance, pid }) => [instance.name, { pid }])),
    mongodb: { uri: stores.mongodb },
    redis: { url: stores.redis },
  };
  writeJsonAtomically(file, state, 0o600);
}

/** What runs; undefined while nothing is ready. */
export function readState(file: string): PlatformState | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PlatformState;
  } catch {
    return undefined;
  }
}

export function removeState(file: string): void {
  rmSync(file, { force: true });
}
