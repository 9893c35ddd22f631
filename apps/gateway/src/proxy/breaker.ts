export interface BreakerOptions {
  /** Failures in a row after which it opens. */
  failures: number;
  /** How long it stays open at first; doubles with every failed trial, up to eight times. */
  openMs: number;
}

/** Keeps requests away from an instance that does not work, and tries it again with one request at a time. */
export interface Breaker {
  /** Whether a request may be sent now. */
  allows(now: number): boolean;
  /** Takes the trial, where one is due; every `begin` is followed by `succeeded`, `failed` or `abandoned`. */
  begin(now: number): void;
  succeeded(): void;
  failed(): void;
  /** The request ended without saying anything of the instance. */
  abandoned(): void;
  /** Milliseconds until a request may be sent. */
  remaining(now: number): number;
  readonly open: boolean;
}

export function createBreaker({ failures, openMs }: BreakerOptions): Breaker {
  let inARow = 0;
  let openings = 0;
  let openUntil = 0;
  let trial = false;
  return {
    allows: (now) => openUntil === 0 || (now >= openUntil && !trial),
    begin(now) {
      if (openUntil !== 0 && now >= openUntil) trial = true;
    },
    succeeded() {
      inARow = 0;
      openings = 0;
      openUntil = 0;
      trial = false;
    },
    failed() {
      inARow += 1;
      // Requests that were under way when it opened say nothing new.
      if (openUntil !== 0 && !trial) return;
      trial = false;
      if (inARow < failures) return;
      openUntil = performance.now() + openMs * 2 ** Math.min(openings, 3);
      openings += 1;
    },
    abandoned() {
      trial = false;
    },
    remaining: (now) => Math.max(0, openUntil - now),
    get open() {
      return openUntil !== 0;
    },
  };
}
