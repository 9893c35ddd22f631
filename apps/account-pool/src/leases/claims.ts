import type { AccountRecord } from '../accounts/accounts.model.ts';
import type { AccountStore } from '../accounts/accounts.store.ts';
import { newOperation, type Actor } from '../accounts/events.ts';

/** Who wants how many accounts of one pool. */
export interface Claim {
  ownerId: string;
  platform: string;
  count: number;
  actor: Actor;
  /** The name of the operation, where the caller must be able to find what it got. */
  operation?: string | undefined;
}

/** An account with its new lease. */
export type Leased = Pick<AccountRecord, '_id' | 'customId' | 'data' | 'leaseToken'> & {
  leaseExpiresAt?: Date;
};

export interface ClaimsOptions {
  store: AccountStore;
  /** Seconds that a lease of a platform lasts; 0: without an end. */
  leaseSeconds: (platform: string) => number;
}

export interface Claims {
  /** Leases up to `count` accounts; fewer, or none, where there are no more. */
  claim(claim: Claim): Promise<Leased[]>;
}

interface Pending {
  claim: Claim;
  resolve: (accounts: Leased[]) => void;
  reject: (error: unknown) => void;
}

/** Claims that wait for their turn in one pool (an owner's accounts on a platform). */
interface Pool {
  waiting: Pending[];
  /** How many times as many candidates are read as are wanted: raised while other instances take the same ones. */
  spread: number;
}

/** Accounts read and claimed in one round, whoever wants them. */
const roundSize = 512;
const maxSpread = 8;

/**
 * Hands out accounts. All claims of a pool that arrive while a round is under way share the next one, so that they
 * do not fight for the same accounts and a round trip serves many: read the accounts that have waited longest, then claim
 * them, each on condition that it is still available. Only where another instance was faster is a third trip needed,
 * to see what was got, and what is missing is claimed again.
 */
export function createClaims({ store, leaseSeconds }: ClaimsOptions): Claims {
  const pools = new Map<string, Pool>();

  async function serve(key: string, pool: Pool): Promise<void> {
    while (pool.waiting.length > 0) {
      const round = takeRound(pool.waiting);
      try {
        const granted = await claimRound(
          round.map(({ claim }) => claim),
          pool,
        );
        round.forEach(({ resolve }, index) => resolve(granted[index] ?? []));
      } catch (error) {
        for (const { reject } of round) reject(error);
      }
    }
    pools.delete(key);
  }

  async function claimRound(claims: readonly Claim[], pool: Pool): Promise<Leased[][]> {
    const granted: Leased[][] = claims.map(() => []);
    for (;;) {
      const missing = claims.map(({ count }, index) => count - (granted[index]?.length ?? 0));
      const wanted = missing.reduce((sum, count) => sum + count, 0);
      const [first] = claims;
      if (!first || wanted === 0) return granted;
      // Nothing twice under one operation: what was got and lost again is somebody else's.
      const taken = new Set(granted.flat().map(({ _id }) => _id));
      const read = await readCandidates(first, wanted, pool.spread);
      const candidates = read.filter(({ _id }) => !taken.has(_id));
      if (candidates.length === 0) return granted;

      const shares = missing.map((count) => candidates.splice(0, count));
      const results = await claimShares(claims, shares);
      results.accounts.forEach((accounts, index) => granted[index]?.push(...accounts));
      pool.spread = results.contended ? Math.min(pool.spread * 2, maxSpread) : Math.max(pool.spread / 2, 1);
    }
  }

  /** Those that have waited longest; some of them at random where other instances are after them too. */
  async function readCandidates(claim: Claim, wanted: number, spread: number): Promise<Candidate[]> {
    const { ownerId, platform } = claim;
    const found = await store
      .collection()
      .find({ ownerId, platform, status: 'available' })
      .sort({ lastUsedAt: 1 })
      .limit(wanted * spread)
      .project<Candidate>({ customId: 1, data: 1, leaseToken: 1 })
      .toArray();
    if (found.length <= wanted) return found;
    const start = Math.floor(Math.random() * (found.length - wanted + 1));
    return found.slice(start, start + wanted);
  }

  async function claimShares(claims: readonly Claim[], shares: Candidate[][]) {
    const at = new Date();
    const tries = claims.flatMap((claim, index) => {
      const share = shares[index] ?? [];
      if (share.length === 0) return [];
      // One token for all of a share, above each of theirs: it grows with every grant, and nobody need read it back.
      const leaseToken = Math.max(...share.map((account) => account.leaseToken)) + 1;
      return [{ index, claim, share, leaseToken, operation: claim.operation ?? newOperation(at.getTime()) }];
    });
    const seconds = leaseSeconds(claims[0]?.platform ?? '');
    const lease: { leaseExpiresAt?: Date } =
      seconds > 0 ? { leaseExpiresAt: new Date(at.getTime() + seconds * 1000) } : {};
    const changed = await store.changeAll(
      tries.map(({ claim, share, leaseToken, operation }) => ({
        group: {
          ownerId: claim.ownerId,
          platform: claim.platform,
          status: 'available',
          ids: share.map(({ _id }) => _id),
        },
        change: {
          action: 'acquire',
          actor: claim.actor,
          operation,
          at,
          to: { ownerId: claim.ownerId, status: 'locked' },
          where: { leaseToken: { $lt: leaseToken } },
          set: { leaseToken, ...lease },
          ...(seconds === 0 && { unset: ['leaseExpiresAt' as const] }),
          lease: { leaseToken, expiresAt: lease.leaseExpiresAt ?? null },
        },
      })),
    );
    const wanted = tries.reduce((sum, { share }) => sum + share.length, 0);
    const contended = changed < wanted;
    const got = contended ? await ownedBy(tries) : undefined;

    const accounts: Leased[][] = claims.map(() => []);
    for (const { index, share, leaseToken } of tries) {
      accounts[index] = share
        .filter(({ _id }) => !got || got.has(_id))
        .map((account) => ({ ...account, leaseToken, ...lease }));
    }
    return { accounts, contended };
  }

  /** Which of these accounts the tries have got. */
  async function ownedBy(tries: readonly { share: Candidate[]; operation: string }[]): Promise<Set<number>> {
    const operations = new Map(
      tries.flatMap(({ share, operation }) => share.map(({ _id }) => [_id, operation])),
    );
    const found = await store
      .collection()
      .find({ _id: { $in: [...operations.keys()] } })
      .project<{ _id: number; lastOperation: string }>({ lastOperation: 1 })
      .toArray();
    return new Set(
      found.filter((account) => operations.get(account._id) === account.lastOperation).map(({ _id }) => _id),
    );
  }

  return {
    claim: (claim) =>
      new Promise((resolve, reject) => {
        const key = JSON.stringify([claim.ownerId, claim.platform]);
        const pool = pools.get(key);
        if (pool) {
          pool.waiting.push({ claim, resolve, reject });
        } else {
          const opened: Pool = { waiting: [{ claim, resolve, reject }], spread: 1 };
          pools.set(key, opened);
          // What arrives in the same turn of the event loop shares the first round.
          setImmediate(() => void serve(key, opened));
        }
      }),
  };
}

type Candidate = Pick<AccountRecord, '_id' | 'customId' | 'data' | 'leaseToken'>;

/** As many of the waiting as fit a round, at least one. */
function takeRound(waiting: Pending[]): Pending[] {
  let size = 0;
  const taken = waiting.findIndex(({ claim }) => (size += claim.count) > roundSize);
  return waiting.splice(0, taken < 0 ? waiting.length : Math.max(taken, 1));
}
