import type { Progress } from '../progress.ts';
import { randomFrom } from './data-set.ts';
import type { Acquired, Pool } from './pool.ts';

/** A pool that scripts work on: one owner's accounts of a platform. */
export interface Work {
  ownerId: string;
  platform: string;
}

/** What the scripts did. */
export interface Tally {
  acquires: number;
  emptyHanded: number;
  used: number;
  banned: number;
  released: number;
  /** An account that two scripts held at the same time: must stay 0. */
  shared: number;
  /** Writes that were refused although the script held the lease: must stay 0. */
  refused: number;
  /** Milliseconds of each acquire. */
  acquireTimes: number[];
}

const largestBatch = 20;

/**
 * Lets so many scripts work at once, each of them taking some accounts, trying each, and saying what became of it, until
 * enough have been taken.
 */
export async function runScripts(
  pool: Pool,
  works: readonly Work[],
  { scripts, leases, progress }: { scripts: number; leases: number; progress: Progress },
): Promise<Tally> {
  const tally: Tally = {
    acquires: 0,
    emptyHanded: 0,
    used: 0,
    banned: 0,
    released: 0,
    shared: 0,
    refused: 0,
    acquireTimes: [],
  };
  const held = new Set<number>();
  let left = leases;

  async function finish({ ownerId }: Work, account: Acquired, luck: number): Promise<void> {
    const { id, leaseToken } = account;
    // From the moment it is sent the account may be somebody else's.
    held.delete(id);
    let code: number;
    if (luck < 0.3) {
      code = await pool.release(ownerId, id, leaseToken);
      tally.released += 1;
    } else if (luck < 0.35) {
      code = await pool.update(ownerId, id, 'banned', '登录被拒绝', leaseToken);
      tally.banned += 1;
    } else {
      code = await pool.update(ownerId, id, 'used', 'checked by the demo', leaseToken);
      tally.used += 1;
    }
    if (code !== 0) tally.refused += 1;
    progress.add(1);
  }

  async function script(number: number): Promise<void> {
    const random = randomFrom(number);
    let misses = 0;
    while (left > 0 && misses < works.length) {
      const work = works[Math.floor(random() * works.length)] as Work;
      const count = Math.min(left, 1 + Math.floor(random() * largestBatch));
      left -= count;
      const started = performance.now();
      const accounts = await pool.acquire(work.ownerId, work.platform, count);
      tally.acquireTimes.push(performance.now() - started);
      tally.acquires += 1;
      left += count - accounts.length;
      misses = accounts.length === 0 ? misses + 1 : 0;
      if (accounts.length === 0) tally.emptyHanded += 1;
      for (const { id } of accounts) {
        if (held.has(id)) tally.shared += 1;
        held.add(id);
      }
      for (const account of accounts) await finish(work, account, random());
    }
  }

  await Promise.all(Array.from({ length: scripts }, (_, number) => script(number + 1)));
  return tally;
}
