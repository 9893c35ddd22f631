import { Client } from 'undici';
import { createBreaker, type Breaker, type BreakerOptions } from './breaker.ts';
import { listens } from './listens.ts';

export interface InstanceOptions extends BreakerOptions {
  url: string;
  maxConnections: number;
  connectTimeoutMs: number;
  /** Sees every connection that is opened. */
  onConnect(): void;
}

/** A connection, and whether it may be used again. */
export interface Connection {
  readonly client: Client;
  retired: boolean;
  idle: boolean;
}

/** Somebody who wants to send one request. */
export interface Waiter {
  /** A connection is theirs until they release it. May be called before `acquire` returns. */
  granted(connection: Connection): void;
  /** No connection came: the instance is away or overloaded. */
  denied(): void;
}

/** Opened without hesitation; more are opened only for requests that had to wait (bench: P2). */
const eagerConnections = 8;
/** … and one for each so many requests: a service in use gets as many as its requests can use at once. */
const requestsPerConnection = 150;
/** How long a request waits for a connection to come free before another is opened … */
const patienceMs = 50;
/** … and how long where there were more than ten to a thousand requests, or where this process itself is busy. */
const longPatienceMs = 200;
const latenessMs = 10;
/** Where no connection changed hands for so long, all are busy with something slow and waiting would not help. */
const stuckMs = 20;
const stuckPatienceMs = 5;
const longestWaitMs = 1500;
/** Shorter than the 65 s after which services close idle connections, so that it is always this side that closes. */
const idleMs = 30_000;
/**
 * How long an instance that said it is leaving is used only where there is no other: longer than it waits for requests to
 * go elsewhere, because it takes one that comes for a sign that nobody has noticed.
 */
const leavingMs = 4000;
/** How often an instance that nobody could connect to is tried, without a request. */
const watchMs = 100;

/**
 * One instance of a service: its connections, last used first, and its health. Requests wait for a connection for a
 * few milliseconds before another one is opened, so that a burst does not open a connection per request.
 */
export class Instance {
  readonly url: string;
  readonly breaker: Breaker;
  /** Until then it is the last choice: it said `Connection: close`. */
  leavingUntil = 0;
  readonly #options: InstanceOptions;
  readonly #idle: Connection[] = [];
  readonly #waiting: { waiter: Waiter; since: number }[] = [];
  #open = 0;
  /** Connections that were ever opened, and requests that were ever given one. */
  #opened = 0;
  #grants = 0;
  /** When a connection was last given to a request. */
  #lastTurn = 0;
  #growing: NodeJS.Timeout | undefined;
  #growDue = 0;
  #watching: NodeJS.Timeout | undefined;

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.url = options.url;
    this.breaker = createBreaker(options);
  }

  acquire(waiter: Waiter): void {
    const idle = this.#idle.pop();
    if (idle) {
      this.#grant(idle, waiter);
    } else if (this.#mayConnectAtOnce()) {
      this.#grant(this.#connect(), waiter);
    } else {
      this.#waiting.push({ waiter, since: performance.now() });
      this.#growWithin(this.#isStuck(performance.now()) ? stuckPatienceMs : patienceMs);
    }
  }

  #mayConnectAtOnce(): boolean {
    if (this.#open >= this.#options.maxConnections) return false;
    return this.#open < eagerConnections || this.#opened * requestsPerConnection < this.#grants;
  }

  #isStuck(now: number): boolean {
    return now - this.#lastTurn > stuckMs;
  }

  /** Takes back somebody who no longer waits. */
  withdraw(waiter: Waiter): void {
    const index = this.#waiting.findIndex((entry) => entry.waiter === waiter);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  release(connection: Connection): void {
    if (connection.retired || connection.client.destroyed) {
      this.#drop(connection);
    } else {
      const next = this.#waiting.shift();
      if (next) {
        this.#grant(connection, next.waiter);
      } else {
        connection.idle = true;
        this.#idle.push(connection);
      }
    }
  }

  /** A connection could not be opened: whoever waits for one asks elsewhere. */
  connectFailed(connection: Connection): void {
    const waiting = this.#waiting.splice(0);
    this.#drop(connection);
    this.breaker.failed();
    if (this.breaker.open) this.#watch();
    for (const { waiter } of waiting) waiter.denied();
  }

  /**
   * Looks out for somebody who listens again. The breaker would find out with a request, seconds later; when instances
   * are restarted one after the other, the next one may be gone by then.
   */
  #watch(): void {
    this.#watching ??= setTimeout(() => {
      const { url, connectTimeoutMs } = this.#options;
      void listens(url, connectTimeoutMs).then((isUp) => {
        this.#watching = undefined;
        if (isUp) this.breaker.succeeded();
        else if (this.breaker.open) this.#watch();
      });
    }, watchMs).unref();
  }

  /**
   * The instance began an answer. With `Connection: close` it says that it is leaving: idle connections are closed
   * from this side, where it is safe, before it closes them while a request is on its way.
   */
  answered(leaving: boolean): void {
    this.breaker.succeeded();
    if (!leaving) {
      this.leavingUntil = 0;
      return;
    }
    this.leavingUntil = performance.now() + leavingMs;
    for (const connection of this.#idle.splice(0)) this.#drop(connection);
  }

  async close(): Promise<void> {
    clearTimeout(this.#growing);
    clearTimeout(this.#watching);
    for (const { waiter } of this.#waiting.splice(0)) waiter.denied();
    await Promise.all(this.#idle.splice(0).map(({ client }) => client.close()));
  }

  #grant(connection: Connection, waiter: Waiter): void {
    connection.idle = false;
    this.#lastTurn = performance.now();
    this.#grants += 1;
    waiter.granted(connection);
  }

  #connect(): Connection {
    const { url, connectTimeoutMs } = this.#options;
    const client = new Client(url, {
      pipelining: 1,
      connect: { timeout: connectTimeoutMs, keepAlive: true },
      allowH2: false,
      // The gateway measures the time to the first byte itself; this is the silence within an answer.
      headersTimeout: 0,
      bodyTimeout: 60_000,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
    });
    const connection: Connection = { client, retired: false, idle: false };
    client.on('connect', () => this.#options.onConnect());
    client.on('disconnect', () => {
      if (!connection.idle) return;
      this.#idle.splice(this.#idle.indexOf(connection), 1);
      this.#drop(connection);
    });
    this.#open += 1;
    this.#opened += 1;
    return connection;
  }

  #drop(connection: Connection): void {
    connection.idle = false;
    connection.retired = true;
    this.#open -= 1;
    connection.client.close().catch(() => undefined);
    const next = this.#waiting.shift();
    if (next) this.#grant(this.#connect(), next.waiter);
  }

  #grow(): void {
    this.#growing = undefined;
    const now = performance.now();
    while (this.#waiting[0] && now - this.#waiting[0].since > longestWaitMs)
      this.#waiting.shift()?.waiter.denied();
    let patience = this.#opened * 100 < this.#grants ? patienceMs - 1 : longPatienceMs;
    // A timer that comes late tells that this process is busy, not the service: connections would not help.
    if (now - this.#growDue > latenessMs) patience = longPatienceMs;
    else if (this.#isStuck(now)) patience = 0;
    while (this.#waiting[0] && now - this.#waiting[0].since >= patience) {
      if (this.#open >= this.#options.maxConnections) break;
      const next = this.#waiting.shift();
      if (next) this.#grant(this.#connect(), next.waiter);
    }
    if (this.#waiting.length > 0) this.#growWithin(patienceMs);
  }

  #growWithin(delayMs: number): void {
    const due = performance.now() + delayMs;
    if (this.#growing && this.#growDue <= due) return;
    clearTimeout(this.#growing);
    this.#growDue = due;
    // Answers that have arrived meanwhile are read before the timer is believed.
    this.#growing = setTimeout(() => setImmediate(() => this.#grow()), delayMs);
  }
}
