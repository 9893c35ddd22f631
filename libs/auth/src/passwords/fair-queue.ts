export interface FairQueueOptions {
  /** Work that runs at the same time. */
  concurrency: number;
  maxWaiting: number;
  longestWaitMs: number;
  /** The error of work that is not started. @param waiting how much is waiting */
  refusal: (waiting: number) => Error;
}

export interface FairQueue {
  /** Runs the work when it is the turn of `from`. @throws what `refusal` returns */
  run<Result>(from: string, work: () => Promise<Result>): Promise<Result>;
}

interface Waiting {
  start(): void;
  refuse(): void;
}

/**
 * A bounded queue that takes one piece of work from each origin in turn. Where it is full, the origin that has most in
 * it makes room for one that has less: no origin can keep the others out.
 */
export function createFairQueue(options: FairQueueOptions): FairQueue {
  const { concurrency, maxWaiting, longestWaitMs, refusal } = options;
  /** In the order of their turns. */
  const origins = new Map<string, Waiting[]>();
  let running = 0;
  let waiting = 0;

  function remove(from: string, one: Waiting): void {
    const own = origins.get(from) ?? [];
    own.splice(own.indexOf(one), 1);
    if (own.length === 0) origins.delete(from);
    waiting -= 1;
  }

  function next(): void {
    const [turn] = origins;
    if (!turn || running >= concurrency) return;
    const [from, own] = turn;
    const [first] = own;
    // To the end of the order, with what it still has.
    origins.delete(from);
    origins.set(from, own);
    first?.start();
  }

  function makeRoom(from: string): void {
    if (waiting < maxWaiting) return;
    const longest = [...origins.values()].reduce(
      (one, other) => (other.length > one.length ? other : one),
      [],
    );
    if (longest.length <= (origins.get(from)?.length ?? 0) + 1) throw refusal(waiting);
    longest.at(-1)?.refuse();
  }

  function turn(from: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        start() {
          clearTimeout(timer);
          remove(from, entry);
          running += 1;
          resolve();
        },
        refuse() {
          clearTimeout(timer);
          remove(from, entry);
          reject(refusal(waiting));
        },
      };
      const timer = setTimeout(() => entry.refuse(), longestWaitMs);
      origins.set(from, [...(origins.get(from) ?? []), entry]);
      waiting += 1;
    });
  }

  return {
    async run(from, work) {
      if (running < concurrency) {
        running += 1;
      } else {
        makeRoom(from);
        await turn(from);
      }
      try {
        return await work();
      } finally {
        running -= 1;
        next();
      }
    },
  };
}
