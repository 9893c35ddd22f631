export interface BreakerOptions {
  /** Failures in a row after which it opens. */
  failures: number;
  /** How long it stays open at first; doubles with every failed trial, up to eight times. */
  openMs: number;
}

/** Keeps requests from an instance that does not work, and tries it again with one request at a time. */
export class Breaker {
  readonly #options: BreakerOptions;
  #inARow = 0;
  #openings = 0;
  #openUntil = 0;
  #trial = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get open(): boolean {
    return this.#openUntil !== 0;
  }

  /** Whether a request may be sent now. */
  allows(now: number): boolean {
    return this.#openUntil === 0 || (now >= this.#openUntil && !this.#trial);
  }

  /** Takes the trial, where one is due; every `begin` is followed by `succeeded`, `failed` or `abandoned`. */
  begin(now: number): void {
    if (this.#openUntil !== 0 && now >= this.#openUntil) this.#trial = true;
  }

  succeeded(): void {
    this.#inARow = 0;
    this.#openings = 0;
    this.#openUntil = 0;
    this.#trial = false;
  }

  failed(): void {
    this.#inARow += 1;
    // Requests that were under way when it opened say nothing new.
    if (this.open && !this.#trial) return;
    this.#trial = false;
    if (this.#inARow < this.#options.failures) return;
    this.#openUntil = performance.now() + this.#options.openMs * 2 ** Math.min(this.#openings, 3);
    this.#openings += 1;
  }

  /** The request ended without saying anything of the instance. */
  abandoned(): void {
    this.#trial = false;
  }

  /** Milliseconds until a request may be sent. */
  remaining(now: number): number {
    return Math.max(0, this.#openUntil - now);
  }
}
