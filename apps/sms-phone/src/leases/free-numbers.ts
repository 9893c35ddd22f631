import type { NumberFilter, NumberStore } from '../numbers/numbers.store.ts';
import type { LeaseStore } from './leases.store.ts';

const smallestWindow = 64;
const largestWindow = 2000;

/** Candidates are believed for so long: numbers may be taken out of service meanwhile, by other instances too. */
const believedMs = 500;

/** What a number is looked for. */
export interface Wanted {
  projectId: string;
  filter: NumberFilter;
  /** This one and no other. */
  phone?: string | undefined;
}

interface Pool {
  /** Found free, and not leased by this process since. */
  phones: string[];
  windows: AsyncGenerator<string[]>;
  begunAt: number;
}

/**
 * Free numbers. Requests that want the same look at one pool, so that a number that was found taken once is not looked at by
 * each of them (measured: get_phone). A pool begins at a random place, so that instances seldom want the same number.
 */
export class FreeNumbers {
  readonly #pools = new Map<string, Pool>();
  readonly #numbers: Pick<NumberStore, 'between' | 'find'>;
  readonly #leases: Pick<LeaseStore, 'occupied'>;

  constructor(numbers: Pick<NumberStore, 'between' | 'find'>, leases: Pick<LeaseStore, 'occupied'>) {
    this.#numbers = numbers;
    this.#leases = leases;
  }

  /**
   * A number that is free, not refused by the caller, and not taken out yet.
   *
   * @param since there is none only where all of the inventory has been looked at after this time
   */
  async find(
    wanted: Wanted,
    isRefused: (phone: string) => boolean,
    since: number,
  ): Promise<string | undefined> {
    if (wanted.phone !== undefined) return this.#findSpecified(wanted, wanted.phone, isRefused);
    const known = this.#pools.get(keyOf(wanted));
    let pool = known && known.begunAt + believedMs > performance.now() ? known : this.#begin(wanted);
    for (;;) {
      const phone = pool.phones.find((candidate) => !isRefused(candidate));
      if (phone !== undefined) return phone;
      const window = await pool.windows.next();
      if (!window.done) pool.phones.push(...window.value);
      else if (pool.begunAt >= since) return undefined;
      else pool = this.#begin(wanted);
    }
  }

  /** A number is being leased. */
  take(wanted: Wanted, phone: string): void {
    const phones = this.#pools.get(keyOf(wanted))?.phones ?? [];
    const index = phones.indexOf(phone);
    if (index >= 0) phones.splice(index, 1);
  }

  /** The inventory has changed, or others lease from it: the pools begin anew. */
  forget(): void {
    this.#pools.clear();
  }

  #begin(wanted: Wanted): Pool {
    const pool = { phones: [], windows: this.#windows(wanted), begunAt: performance.now() };
    this.#pools.set(keyOf(wanted), pool);
    return pool;
  }

  async #findSpecified({ projectId, filter }: Wanted, phone: string, isRefused: (phone: string) => boolean) {
    const number = await this.#numbers.find(phone);
    const fits =
      number?.status === 'active' &&
      (filter.carrier === 0 || filter.carrier === number.carrier) &&
      (filter.kind === 0 || filter.kind === number.kind);
    if (!fits || isRefused(phone)) return undefined;
    return (await this.#leases.occupied(projectId, [phone])).has(phone) ? undefined : phone;
  }

  /** All of the inventory from a random place on, a window at a time, without the numbers that are taken. */
  async *#windows({ projectId, filter }: Wanted): AsyncGenerator<string[]> {
    const start = Math.random();
    let size = smallestWindow;
    for (const [above, upTo] of [
      [start, 1],
      [-1, start],
    ] as const) {
      let from = above;
      for (;;) {
        const window = await this.#numbers.between(from, upTo, filter, size);
        const last = window.at(-1);
        if (!last) break;
        const phones = window.map(({ _id }) => _id);
        const taken = await this.#leases.occupied(projectId, phones);
        yield phones.filter((phone) => !taken.has(phone));
        if (window.length < size) break;
        from = last.rank;
        size = Math.min(size * 2, largestWindow);
      }
    }
  }
}

const keyOf = ({ projectId, filter }: Wanted) => JSON.stringify([projectId, filter.carrier, filter.kind]);
