/** A transaction that waits for documents, or holds them. */
export interface Holder {
  /** Names of the documents that it holds. */
  held: string[];
}

interface Hold {
  owner: Holder;
  waiters: { owner: Holder; resolve: () => void }[];
  timer: NodeJS.Timeout | undefined;
}

/** A holder that is slower than this no longer delays the others. */
const PATIENCE_MS = 50;

/**
 * Turns of transactions that begin by writing the same document: the next one starts when the one before has ended, and
 * need not fail and start again. A hold is a matter of order, not of correctness; the commit decides on its own.
 */
export class Holds {
  readonly #holds = new Map<string, Hold>();

  /** Takes what is free; gives the first name that another transaction holds. */
  take(owner: Holder, names: readonly string[]): string | undefined {
    let blocked: string | undefined;
    for (const name of names) {
      const hold = this.#holds.get(name);
      if (!hold) {
        this.#holds.set(name, { owner, waiters: [], timer: undefined });
        owner.held.push(name);
      } else if (hold.owner !== owner) {
        blocked ??= name;
      }
    }
    return blocked;
  }

  /** Settles when the turn of this owner has come; until then it holds nothing. */
  wait(owner: Holder, name: string): Promise<void> {
    this.release(owner);
    const hold = this.#holds.get(name);
    if (!hold) return Promise.resolve();
    return new Promise((resolve) => {
      hold.waiters.push({ owner, resolve });
      hold.timer ??= this.#patience(name);
    });
  }

  release(owner: Holder): void {
    for (const name of owner.held.splice(0)) {
      if (this.#holds.get(name)?.owner === owner) this.#pass(name);
    }
  }

  #patience(name: string): NodeJS.Timeout {
    return setTimeout(() => this.#pass(name), PATIENCE_MS);
  }

  #pass(name: string): void {
    const hold = this.#holds.get(name);
    clearTimeout(hold?.timer);
    const next = hold?.waiters.shift();
    if (!hold || !next) {
      this.#holds.delete(name);
      return;
    }
    hold.owner = next.owner;
    hold.timer = hold.waiters.length > 0 ? this.#patience(name) : undefined;
    next.owner.held.push(name);
    next.resolve();
  }
}
