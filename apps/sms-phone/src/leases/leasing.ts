import { randomBytes } from 'node:crypto';
import { AppError } from '@portico/envelope';
import type { WithTransaction } from '@portico/mongo';
import type { Accounts } from '../ledger/ledger.store.ts';
import type { MoneyQueue } from '../ledger/money-queue.ts';
import { untilCurrent } from '../ledger/outdated.ts';
import type { ProjectRecord } from '../projects/projects.model.ts';
import type { ProjectStore } from '../projects/projects.store.ts';
import type { Caller } from '../users/users.model.ts';
import type { UserStore } from '../users/users.store.ts';
import type { FreeNumbers, Wanted } from './free-numbers.ts';
import type { LeaseMetrics } from './lease-metrics.ts';
import { moveOf, type LeaseRecord } from './leases.model.ts';
import type { LeaseStore } from './leases.store.ts';

/** A user who wants a number for a project. */
export interface LeaseRequest extends Wanted {
  user: Caller;
}

export interface LeasingOptions {
  accounts: Accounts;
  leases: Pick<LeaseStore, 'begin'>;
  free: Pick<FreeNumbers, 'find' | 'take' | 'forget'>;
  projects: Pick<ProjectStore, 'findMany'>;
  users: Pick<UserStore, 'refusals'>;
  queue: MoneyQueue;
  withTransaction: WithTransaction;
  leaseMs: number;
  metrics: Pick<LeaseMetrics, 'granted' | 'refused'>;
}

/** What a round is decided by. */
export interface Facts {
  projects: ReadonlyMap<string, ProjectRecord>;
  /** What users may spend. */
  balances: ReadonlyMap<number, number>;
  /** What users do not want, as `project:phone`. */
  refusals: ReadonlyMap<number, ReadonlySet<string>>;
  free: Pick<FreeNumbers, 'find' | 'take'>;
  leaseMs: number;
}

/**
 * Decides who leases which number, one request after the other, each on what the ones before it have left. No number comes
 * before too low a balance: adding money would not help.
 */
export async function decide(
  round: readonly LeaseRequest[],
  { projects, balances, refusals, free, leaseMs }: Facts,
): Promise<(LeaseRecord | AppError)[]> {
  const startedAt = new Date();
  const since = performance.now();
  const left = new Map(balances);
  const chosen = new Set<string>();
  const outcomes: (LeaseRecord | AppError)[] = [];

  async function answer(request: LeaseRequest): Promise<LeaseRecord | AppError> {
    const { user, projectId } = request;
    const project = projects.get(projectId);
    if (!project) return new AppError('not_found', { message: '项目不存在' });
    const refused = refusals.get(user._id);
    const nameOf = (phone: string) => `${projectId}:${phone}`;
    const phone = await free.find(
      request,
      (candidate) => chosen.has(nameOf(candidate)) || refused?.has(nameOf(candidate)) === true,
      since,
    );
    if (phone === undefined) return new AppError('no_number');
    const balance = left.get(user._id) ?? 0;
    if (balance < project.amount) return new AppError('insufficient_balance');
    left.set(user._id, balance - project.amount);
    chosen.add(nameOf(phone));
    free.take(request, phone);
    return {
      _id: newLeaseId(),
      userId: user._id,
      username: user.username,
      projectId,
      phone,
      amount: project.amount,
      state: 'active',
      occupied: true,
      startedAt,
      endsAt: new Date(startedAt.getTime() + leaseMs),
    };
  }

  for (const request of round) outcomes.push(await answer(request));
  return outcomes;
}

/**
 * Leases numbers. A round of requests is decided on what was read, and written in one transaction: the leases, the postings
 * that hold their prices, and the wallets. A unique index lets one of all have a number for a project. Where a number or the
 * money has gone meanwhile nothing is written, and the round is decided again.
 */
export function createLeasing(options: LeasingOptions) {
  const { accounts, leases, free, projects, users, queue, withTransaction, leaseMs, metrics } = options;

  async function balancesOf(userIds: Set<number>): Promise<Map<number, number>> {
    const ids = [...userIds];
    const money = await Promise.all(ids.map((id) => accounts.money(id)));
    return new Map(ids.map((id, index) => [id, money[index]?.balance ?? 0]));
  }

  async function serve(round: readonly LeaseRequest[]) {
    const outcomes = await untilCurrent(async (again) => {
      if (again) free.forget();
      const [known, refusals, balances] = await Promise.all([
        projects.findMany([...new Set(round.map(({ projectId }) => projectId))]),
        users.refusals(round.map(({ user }) => user)),
        balancesOf(new Set(round.map(({ user }) => user._id))),
      ]);
      const decided = await decide(round, { projects: known, balances, refusals, free, leaseMs });
      const begun = decided.filter(isLease);
      if (begun.length > 0) {
        await withTransaction(async (session) => {
          await leases.begin(begun, session);
          await accounts.post(
            begun.map((lease) => moveOf('hold', lease)),
            session,
          );
        });
      }
      return decided;
    });
    for (const outcome of outcomes) {
      if (isLease(outcome)) metrics.granted();
      else if (outcome.code === 'no_number') metrics.refused();
    }
    return outcomes;
  }

  return {
    /** @throws AppError `not_found` for an unknown project, `no_number`, `insufficient_balance` */
    lease: queue.batch(serve),
  };
}

export type Leasing = ReturnType<typeof createLeasing>;

const isLease = (outcome: LeaseRecord | AppError): outcome is LeaseRecord => !(outcome instanceof AppError);

/** Sorts by time, so that leases are written and listed in order. */
const newLeaseId = () => Date.now().toString(36).padStart(9, '0') + randomBytes(8).toString('hex');
