import type { NumberFilter, NumberStore } from '../numbers/numbers.store.ts';
import type { LeaseStore } from './leases.store.ts';

const smallestWindow = 64;
const largestWindow = 2000;

/** Candidates are believed for so long: numbers may be taken out of service meanwhile, by other instances too. */
const believedMs = 500;

export interface FreeNumbers {
  /** Goes on where the last request for the same stopped. */
  walk(projectId: string, filter: NumberFilter): AsyncGenerator<string>;
  /** The inventory has changed: everybody begins anew. */
  forget(): void;
}

/**
 * Free numbers, for one request after the other. Walks that want the same are one walk: what was found taken once is not
 * looked at again by each request (measured: get_phone). Who comes to its end begins another, all around the
 * inventory, before there is none.
 */
export function createFreeNumbers(
  numbers: Pick<NumberStore, 'between'>,
  leases: Pick<LeaseStore, 'occupied'>,
): FreeNumbers {
  const shared = new Map<string, { numbers: AsyncGenerator<string>; until: number }>();
  return {
    async *walk(projectId, filter) {
      const key = JSON.stringify([projectId, filter.carrier, filter.kind]);
      for (let mayBegin = true; ;) {
        let walk = shared.get(key);
        if (!walk || walk.until < Date.now()) {
          if (!mayBegin) return;
          mayBegin = false;
          walk = { numbers: freeNumbers(numbers, leases, projectId, filter), until: Date.now() + believedMs };
          shared.set(key, walk);
        }
        const next = await walk.numbers.next();
        if (!next.done) yield next.value;
        else if (shared.get(key) === walk) shared.delete(key);
      }
    },
    forget: () => shared.clear(),
  };
}

/**
 * Free numbers for a project, from a random place in the inventory on, as many as are asked for: a window at a time, and
 * only so many windows as are needed. Whoever wants more goes on where the last one ended; all of the inventory is looked
 * at before there is none.
 */
async function* freeNumbers(
  numbers: Pick<NumberStore, 'between'>,
  leases: Pick<LeaseStore, 'occupied'>,
  projectId: string,
  filter: NumberFilter,
): AsyncGenerator<string> {
  const start = Math.random();
  let size = smallestWindow;
  for (const { above, upTo } of [
    { above: start, upTo: 1 },
    { above: -1, upTo: start },
  ]) {
    let from = above;
    for (;;) {
      const window = await numbers.between(from, upTo, filter, size);
      if (window.length > 0) {
        const phones = window.map(({ _id }) => _id);
        const taken = await leases.occupied(projectId, phones);
        for (const phone of phones) if (!taken.has(phone)) yield phone;
      }
      const last = window.at(-1);
      if (!last || window.length < size) break;
      from = last.rank;
      size = Math.min(size * 2, largestWindow);
    }
  }
}
