import { Instance, type InstanceOptions } from './instance.ts';
import type { ServiceName } from '../services.ts';

export interface UpstreamOptions extends Omit<InstanceOptions, 'url' | 'onConnect'> {
  service: ServiceName;
  urls: readonly string[];
  maxInFlight: number;
  onConnect(service: ServiceName): void;
}

/** A service as the gateway sees it: its instances in turn, and how much is under way at them. */
export interface Upstream {
  readonly service: ServiceName;
  readonly instances: readonly Instance[];
  readonly maxInFlight: number;
  inFlight: number;
  /** The next instance, other than those tried; undefined where none can be asked. */
  pick(tried: ReadonlySet<Instance>): Instance | undefined;
  /** Seconds until an instance may be asked again. */
  retryAfter(): number;
  close(): Promise<void>;
}

export function createUpstream(options: UpstreamOptions): Upstream {
  const { service, urls, maxInFlight } = options;
  const instances = urls.map(
    (url) => new Instance({ ...options, url, onConnect: () => options.onConnect(service) }),
  );
  let turn = 0;
  return {
    service,
    instances,
    maxInFlight,
    inFlight: 0,
    pick(tried) {
      const now = performance.now();
      let lastChoice: Instance | undefined;
      // Of those that are leaving or were tried, one that has not been tried, and the one that said so first.
      const isBetter = (one: Instance, other: Instance) =>
        tried.has(one) === tried.has(other) ? one.leavingUntil < other.leavingUntil : tried.has(other);
      for (let step = 0; step < instances.length; step += 1) {
        const instance = instances[(turn + step) % instances.length] as Instance;
        if (!instance.breaker.allows(now)) continue;
        if (tried.has(instance) || instance.leavingUntil > now) {
          if (!lastChoice || isBetter(instance, lastChoice)) lastChoice = instance;
          continue;
        }
        turn = (turn + step + 1) % instances.length;
        return instance;
      }
      return lastChoice;
    },
    retryAfter() {
      const now = performance.now();
      return Math.max(1, Math.min(...instances.map((instance) => instance.breaker.remaining(now))) / 1000);
    },
    async close() {
      await Promise.all(instances.map((instance) => instance.close()));
    },
  };
}
