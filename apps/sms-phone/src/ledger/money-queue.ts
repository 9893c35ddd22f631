import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { AppError } from '@portico/envelope';

/** Requests that share a transaction at most. */
const mostTogether = 256;

interface Waiting<Request, Outcome> {
  request: Request;
  resolve: (outcome: Outcome) => void;
  reject: (error: unknown) => void;
}

/**
 * The transactions of this process that move money, one at a time: two at once on the wallet of one user would conflict and
 * be repeated. What arrives while one is under way shares the next (measured: get_phone).
 */
export class MoneyQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Does some work when its turn has come. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(() => turnOfTheLoop()).then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /**
   * A function that answers requests a round at a time.
   *
   * @param serve answers a round in its order: an error for a request that is refused
   */
  batch<Request, Outcome>(
    serve: (round: readonly Request[]) => Promise<readonly (Outcome | AppError)[]>,
  ): (request: Request) => Promise<Outcome> {
    let waiting: Waiting<Request, Outcome>[] = [];

    const serveNext = async () => {
      const round = waiting.splice(0, mostTogether);
      if (waiting.length > 0) void this.run(serveNext);
      try {
        const outcomes = await serve(round.map(({ request }) => request));
        for (const [index, { resolve, reject }] of round.entries()) {
          const outcome = outcomes[index];
          if (outcome instanceof AppError) reject(outcome);
          else resolve(outcome as Outcome);
        }
      } catch (error) {
        // Where the store does not answer, the requests behind must not wait for as long once more.
        for (const { reject } of [...round, ...waiting]) reject(error);
        waiting = [];
      }
    };

    return (request) =>
      new Promise((resolve, reject) => {
        if (waiting.push({ request, resolve, reject }) === 1) void this.run(serveNext);
      });
  }
}
