import type { NumberFilter, NumberStore } from '../numbers/numbers.store.ts';
import type { LeaseStore } from './leases.store.ts';

const smallestWindow = 64;
const largestWindow = 2000;

/**
 * Free numbers for a project, from a random place in the inventory on, as many as are asked for: a window at a time, and
 * only so many windows as are needed. Whoever wants more goes on where the last one ended; all of the inventory is looked
 * at before there is none.
 */
export async function* freeNumbers(
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
