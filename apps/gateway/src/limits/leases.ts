import { LRUCache } from 'lru-cache';
import { verdictOf, type Charge, type GiveBack, type Take, type Taken } from './limiter.ts';

/** What is left of the points that were taken for one address in advance. */
interface Lease {
  /** Points of the current lease that no request has used yet. */
  left: number;
  /** Size of the next lease. */
  next: number;
  taken: Taken;
  /** When the window ends. */
  until: number;
  /** The question to Redis that is under way; requests that come meanwhile wait for it. */
  asking: Promise<Taken | undefined> | undefined;
}

const largestLease = 64;
const addressesKept = 20_000;

/**
 * Counts an address that sends many requests in leases of several points, so that Redis is asked once for many of
 * them. The first lease is one point, the next ones double; near the limit they shrink to one again, so that what is
 * granted is what is asked for. An address is never granted more than its limit. The address that was not seen for the
 * longest makes room for a new one, and gets back what it did not use.
 */
export function createLeases(
  take: Take,
  limit: number,
  giveBack: GiveBack = () => undefined,
): (key: string) => Charge | Promise<Charge> {
  const leases = new LRUCache<string, Lease>({
    max: addressesKept,
    dispose: ({ left, until }, key, reason) => {
      if (reason === 'evict' && left > 0 && until > performance.now()) giveBack(key, left);
    },
  });

  return (key) => {
    const now = performance.now();
    let lease = leases.get(key);
    if (lease && lease.until > now && lease.left > 0) {
      lease.left -= 1;
      return verdictOf(
        { allowed: true, remaining: lease.taken.remaining + lease.left, resetMs: lease.until - now },
        limit,
      );
    }
    if (!lease || (lease.until <= now && !lease.asking)) {
      lease = {
        left: 0,
        next: 1,
        taken: { allowed: true, remaining: limit, resetMs: 0 },
        until: 0,
        asking: undefined,
      };
      leases.set(key, lease);
    }
    return renew(key, lease);
  };

  async function renew(key: string, lease: Lease): Promise<Charge> {
    // A request that waited for the question of another takes of its answer, or asks again when others took it all.
    while (lease.asking) {
      const taken = await lease.asking;
      if (!taken) return undefined;
      if (!taken.allowed) return verdictOf(taken, limit);
      if (lease.left > 0) {
        lease.left -= 1;
        return verdictOf({ ...taken, remaining: taken.remaining + lease.left }, limit);
      }
    }
    const points = lease.next;
    lease.asking = take(key, points);
    const taken = await lease.asking;
    lease.asking = undefined;
    if (!taken) return undefined;
    lease.taken = taken;
    lease.until = performance.now() + taken.resetMs;
    lease.left = taken.allowed ? points - 1 : 0;
    lease.next = Math.max(1, Math.min(points * 2, largestLease, Math.floor(taken.remaining / 8)));
    return verdictOf({ ...taken, remaining: taken.remaining + lease.left }, limit);
  }
}
