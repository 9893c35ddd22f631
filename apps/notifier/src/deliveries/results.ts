import type { DeliveryResult, Producers } from '@portico/queue';
import { createJoiner } from './joiner.ts';

/** Tells services what became of their messages; resolves when it is in the service's queue. */
export type Reporter = (service: string, result: DeliveryResult) => Promise<void>;

/** Results of one service that come together are one job. */
export function createReporter(producers: Producers): Reporter {
  const joiners = new Map<string, (result: DeliveryResult) => Promise<undefined>>();
  return async (service, result) => {
    let join = joiners.get(service);
    if (!join) {
      join = createJoiner(async (results: DeliveryResult[]) => {
        await producers.report(service, results);
        return results.map(() => undefined);
      }, 200);
      joiners.set(service, join);
    }
    await join(result);
  };
}
