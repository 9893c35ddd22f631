import type { Agent } from 'node:http';
import { closeIdle, createAgent } from './agent.ts';
import { Breaker, type BreakerOptions } from './breaker.ts';

export interface InstanceOptions extends BreakerOptions {
  url: string;
  maxConnections: number;
  connectTimeoutMs: number;
  maxConnectionAgeMs: number;
  /** Whether the address is that of one process, not of a name with several behind it. */
  isOneProcess: boolean;
  onConnect: () => void;
}

/** Requests that wait for something (`wait=`) have connections of their own, so that they take none from others. */
export const lanes = ['prompt', 'waiting'] as const;
export type Lane = (typeof lanes)[number];

/**
 * How long an instance that said it is leaving is used only where there is no other: longer than it waits for requests to
 * go elsewhere, because it takes one that comes for a sign that the gateway has not noticed.
 */
const leavingMs = 4000;
/** An instance that answered none of its prompt requests for so long, while others answered, may be frozen. */
const silenceMs = 500;

/** One address of a service: its connections, the requests under way there, and its health. */
export class Instance {
  readonly url: string;
  readonly target: { protocol: string; hostname: string; port: string };
  readonly host: string;
  readonly breaker: Breaker;
  /** Until then it is a last choice: it said `Connection: close`. */
  leavingUntil = 0;
  /** Its process does not listen, which is told at once and costs nothing to ask again. */
  refusesConnections = false;
  readonly #isOneProcess: boolean;
  readonly #maxConnections: number;
  readonly #agents: Record<Lane, Agent>;
  readonly #underWay: Record<Lane, number> = { prompt: 0, waiting: 0 };
  #lastAnswer = 0;
  #silentSince = 0;

  constructor(options: InstanceOptions) {
    const { protocol, hostname, port, host } = new URL(options.url);
    const isTls = protocol === 'https:';
    this.url = options.url;
    this.host = host;
    this.target = {
      protocol,
      hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port || (isTls ? '443' : '80'),
    };
    this.breaker = new Breaker(options);
    this.#isOneProcess = options.isOneProcess;
    this.#maxConnections = options.maxConnections;
    const agent = () => createAgent({ ...options, isTls, maxAgeMs: options.maxConnectionAgeMs });
    this.#agents = { prompt: agent(), waiting: agent() };
  }

  agent(lane: Lane): Agent {
    return this.#agents[lane];
  }

  get underWay(): number {
    return this.#underWay.prompt + this.#underWay.waiting;
  }

  /** Whether a connection for one more request of this lane is allowed. */
  hasRoom(lane: Lane): boolean {
    return this.#underWay[lane] < this.#maxConnections;
  }

  /** When it last began an answer. */
  get lastAnswer(): number {
    return this.#lastAnswer;
  }

  /** Whether it takes requests and answers none. A guess, so it makes an instance a last choice only. */
  isSilent(lastAnswerOfAll: number): boolean {
    return this.#underWay.prompt > 0 && lastAnswerOfAll - this.#silentSince > silenceMs;
  }

  begin(lane: Lane, now: number): void {
    this.breaker.begin(now);
    if (lane === 'prompt' && this.#underWay.prompt === 0) this.#silentSince = now;
    this.#underWay[lane] += 1;
  }

  end(lane: Lane): void {
    this.#underWay[lane] -= 1;
  }

  connectFailed(error: Error & { code?: string }): void {
    this.refusesConnections = error.code === 'ECONNREFUSED';
    this.breaker.failed();
  }

  /** The instance began an answer, and may have said with `Connection: close` that it is leaving. */
  answered(isLeaving: boolean): void {
    this.#lastAnswer = this.#silentSince = performance.now();
    this.refusesConnections = false;
    this.breaker.succeeded();
    if (!isLeaving) {
      this.leavingUntil = 0;
    } else if (this.#isOneProcess) {
      this.leavingUntil = this.#lastAnswer + leavingMs;
      // Before it closes them while a request is on its way. Behind a name they may belong to others.
      this.closeIdle();
    }
  }

  /** A request got no answer in time. Where others got theirs meanwhile, that request is slow, not the instance. */
  timedOut(since: number): void {
    if (this.#lastAnswer < since) this.breaker.failed();
    else this.breaker.abandoned();
  }

  closeIdle(): void {
    for (const lane of lanes) closeIdle(this.#agents[lane]);
  }

  destroy(): void {
    for (const lane of lanes) this.#agents[lane].destroy();
  }
}
