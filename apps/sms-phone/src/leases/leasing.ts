import { randomBytes } from 'node:crypto';
import { AppError } from '@portico/envelope';
import type { AccountStore } from '../ledger/accounts.store.ts';
import type { NumberFilter, NumberStore } from '../numbers/numbers.store.ts';
import type { ProjectRecord } from '../projects/projects.model.ts';
import type { ProjectStore } from '../projects/projects.store.ts';
import type { Caller } from '../users/users.model.ts';
import type { UserStore } from '../users/users.store.ts';
import type { FreeNumbers } from './candidates.ts';
import type { LeaseMetrics } from './lease-metrics.ts';
import type { LeaseRecord } from './leases.model.ts';
import type { LeaseStore } from './leases.store.ts';

/** Who wants a number for what. */
export interface LeaseRequest {
  user: Caller;
  projectId: string;
  filter: NumberFilter;
  /** This one and no other. */
  phone?: string | undefined;
}

export interface LeasingOptions {
  accounts: AccountStore;
  leases: LeaseStore;
  numbers: Pick<NumberStore, 'find'>;
  free: FreeNumbers;
  projects: ProjectStore;
  users: Pick<UserStore, 'refusals'>;
  leaseMs: number;
  metrics: Pick<LeaseMetrics, 'granted' | 'refused'>;
}

interface Pending {
  request: LeaseRequest;
  resolve: (lease: LeaseRecord) => void;
  reject: (error: unknown) => void;
}

/** A request that has its price and looks for its number. */
interface Funded extends Pending {
  project: ProjectRecord;
  leaseId: string;
  /** What the user does not want, as `project:phone`. */
  refused: ReadonlySet<string> | undefined;
}

const roundSize = 256;
/** Rounds under way at the same time: while one waits for the store, others do not. */
const mostRounds = 3;

/**
 * Leases numbers. The order of the steps is what makes it safe:
 *
 * 1. The price is held, under the id that the lease will have: nobody leases what he cannot pay.
 * 2. The lease begins, by being written: a unique index lets one of all who want a number for a project have it.
 * 3. Where there is no number the hold is taken back.
 *
 * A crash after 1 leaves a hold without a lease; recovery writes a void lease in its place and takes it back. Requests that
 * arrive while a round is under way share the next: a handful of round trips serves all of them (measured: get_phone).
 */
export function createLeasing({
  accounts,
  leases,
  numbers,
  free,
  projects,
  users,
  leaseMs,
  metrics,
}: LeasingOptions) {
  const waiting: Pending[] = [];
  let running = 0;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const round = waiting.splice(0, roundSize);
      try {
        await serve(round);
      } catch (error) {
        for (const { reject } of round) reject(error);
      }
    }
    running -= 1;
  }

  async function serve(round: readonly Pending[]): Promise<void> {
    const [known, refusals] = await Promise.all([
      projects.findMany([...new Set(round.map(({ request }) => request.projectId))]),
      users.refusals(round.map(({ request }) => request.user)),
    ]);
    const priced: Funded[] = [];
    for (const pending of round) {
      const project = known.get(pending.request.projectId);
      const refused = refusals.get(pending.request.user._id);
      if (project) priced.push({ ...pending, project, refused, leaseId: newLeaseId() });
      else pending.reject(new AppError('not_found', { message: '项目不存在' }));
    }
    const held = await accounts.hold(
      priced.map(({ request, project, leaseId }) => ({
        userId: request.user._id,
        lease: leaseId,
        amount: project.amount,
      })),
    );
    const funded = priced.filter((pending) => {
      if (held.has(pending.leaseId)) return true;
      pending.reject(new AppError('insufficient_balance'));
      return false;
    });
    const unserved = await Promise.all(
      [...Map.groupBy(funded, groupOf).values()].map((group) => leaseNumbers(group)),
    );
    const refunds = unserved.flat();
    await accounts.cancel(
      refunds.map(({ request, project, leaseId }) => ({
        userId: request.user._id,
        lease: leaseId,
        amount: project.amount,
      })),
    );
    metrics.refused(refunds.length);
    for (const { reject } of refunds) reject(new AppError('no_number'));
  }

  /** Gives each of a group a number of its own; answers those for whom there was none. */
  async function leaseNumbers(group: readonly Funded[]): Promise<Funded[]> {
    const [first] = group;
    if (!first) return [];
    const { projectId, filter, phone } = first.request;
    const candidates =
      phone === undefined ? free.walk(projectId, filter) : specifiedNumber(phone, projectId, filter);
    const unserved: Funded[] = [];
    let open = [...group];
    while (open.length > 0) {
      const chosen = await choose(open, candidates);
      if (chosen.length === 0) break;
      const outcomes = await leases.begin(chosen.map(({ lease }) => lease));
      for (const { pending, lease } of chosen) {
        const outcome = outcomes.get(lease._id);
        if (outcome === 'given up') unserved.push(pending);
        if (outcome !== 'begun') continue;
        metrics.granted();
        pending.resolve(lease);
      }
      open = open.filter(({ leaseId }) => !outcomes.has(leaseId));
    }
    return [...unserved, ...open];
  }

  /** The next number for each that he has not refused; those who refuse all that are left get none. */
  async function choose(open: readonly Funded[], candidates: AsyncGenerator<string>) {
    const chosen: { pending: Funded; lease: LeaseRecord }[] = [];
    const wanting = new Set(open);
    while (wanting.size > 0) {
      const next = await candidates.next();
      if (next.done) break;
      const taker = [...wanting].find((pending) => !isRefused(pending, next.value));
      if (!taker) continue;
      wanting.delete(taker);
      chosen.push({ pending: taker, lease: leaseOf(taker, next.value) });
    }
    return chosen;
  }

  async function* specifiedNumber(
    phone: string,
    projectId: string,
    filter: NumberFilter,
  ): AsyncGenerator<string> {
    const number = await numbers.find(phone);
    const fits =
      number?.status === 'active' &&
      (filter.carrier === 0 || filter.carrier === number.carrier) &&
      (filter.kind === 0 || filter.kind === number.kind);
    if (fits && !(await leases.occupied(projectId, [phone])).has(phone)) yield phone;
  }

  function leaseOf({ request, project, leaseId }: Funded, phone: string): LeaseRecord {
    const startedAt = new Date();
    return {
      _id: leaseId,
      userId: request.user._id,
      username: request.user.username,
      projectId: project._id,
      phone,
      amount: project.amount,
      state: 'active',
      occupied: true,
      startedAt,
      endsAt: new Date(startedAt.getTime() + leaseMs),
    };
  }

  return {
    /** @throws AppError `not_found` for an unknown project, `insufficient_balance`, `no_number` */
    lease: (request: LeaseRequest): Promise<LeaseRecord> =>
      new Promise((resolve, reject) => {
        waiting.push({ request, resolve, reject });
        if (running >= mostRounds) return;
        running += 1;
        // What arrives in the same turn of the event loop shares the round.
        setImmediate(() => void run());
      }),
  };
}

export type Leasing = ReturnType<typeof createLeasing>;

const groupOf = ({ request: { projectId, filter, phone } }: Funded) =>
  JSON.stringify([projectId, filter.carrier, filter.kind, phone ?? null]);

const isRefused = ({ refused, project }: Funded, phone: string) =>
  refused?.has(`${project._id}:${phone}`) === true;

/** Sorts by time, so that leases are written and listed in order. */
const newLeaseId = () => Date.now().toString(36).padStart(9, '0') + randomBytes(8).toString('hex');
