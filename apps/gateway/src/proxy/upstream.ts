import { Instance, type InstanceOptions, type Lane } from './instance.ts';

export interface UpstreamOptions extends Omit<InstanceOptions, 'url' | 'isOneProcess' | 'onConnect'> {
  service: string;
  urls: readonly string[];
  maxInFlight: number;
  maxWaiting: number;
  onConnect(service: string): void;
}

/** A service as the gateway sees it: its instances, and how much is under way at them. */
export class Upstream {
  readonly service: string;
  readonly instances: readonly Instance[];
  readonly maxInFlight: number;
  readonly maxWaiting: number;
  inFlight = 0;
  waiting = 0;
  #turn = 0;

  constructor(options: UpstreamOptions) {
    const { service, urls } = options;
    this.service = service;
    this.maxInFlight = options.maxInFlight;
    this.maxWaiting = options.maxWaiting;
    const isOneProcess = urls.length > 1;
    const onConnect = () => options.onConnect(service);
    this.instances = urls.map((url) => new Instance({ ...options, url, isOneProcess, onConnect }));
  }

  /** The instance with the fewest requests under way of those in the best state; undefined where none has room. */
  pick(lane: Lane, tried: ReadonlySet<Instance>): Instance | undefined {
    const now = performance.now();
    const count = this.instances.length;
    const lastAnswer = Math.max(...this.instances.map((instance) => instance.lastAnswer));
    let best: Instance | undefined;
    let bestState = Number.POSITIVE_INFINITY;
    for (let step = 0; step < count; step += 1) {
      const instance = this.instances[(this.#turn + step) % count] as Instance;
      const state = rankOf(instance, now, tried, lastAnswer);
      if (state === undefined || state > bestState || !instance.hasRoom(lane)) continue;
      if (state === bestState && best && weight(instance, state) >= weight(best, state)) continue;
      best = instance;
      bestState = state;
    }
    this.#turn = (this.#turn + 1) % count;
    return best;
  }

  /** Whether an instance would take a request if it had room. */
  isUp(): boolean {
    const now = performance.now();
    return this.instances.some((instance) => rankOf(instance, now, none, 0) !== undefined);
  }

  /** Seconds until an instance may be asked again. */
  retryAfter(): number {
    const now = performance.now();
    return Math.max(1, Math.min(...this.instances.map(({ breaker }) => breaker.remaining(now))) / 1000);
  }

  destroy(): void {
    for (const instance of this.instances) instance.destroy();
  }
}

const none: ReadonlySet<Instance> = new Set();

/** States of an instance, the best first. */
const rank = { good: 0, silent: 1, refusing: 2, leaving: 3, tried: 4 } as const;

/**
 * The lower the better; undefined for an instance that gets no requests. One that refused connections comes before one that
 * is leaving: asking it costs nothing and sends nothing, and it may be back, while a leaving one is about to close.
 */
function rankOf(
  instance: Instance,
  now: number,
  tried: ReadonlySet<Instance>,
  lastAnswer: number,
): number | undefined {
  const isAllowed = instance.breaker.allows(now);
  if (!isAllowed && !instance.refusesConnections) return undefined;
  if (tried.has(instance)) return rank.tried;
  if (!isAllowed) return rank.refusing;
  if (instance.leavingUntil > now) return rank.leaving;
  return instance.isSilent(lastAnswer) ? rank.silent : rank.good;
}

/** Of two in the same state: the one that said first that it is leaving, else the one with fewer requests under way. */
function weight(instance: Instance, state: number): number {
  return state === rank.leaving ? instance.leavingUntil : instance.underWay;
}
