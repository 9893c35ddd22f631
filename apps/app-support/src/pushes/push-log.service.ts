import { AppError } from '@portico/envelope';
import type { Page, PageRequest } from '@portico/mongo';
import type { UserStore } from '../users/users.store.ts';
import type { HiddenPushStore } from './hidden-pushes.ts';
import type { PushRecord } from './pushes.model.ts';
import type { PushStore, Visible } from './pushes.store.ts';

export interface PushLogOptions {
  pushes: PushStore;
  hidden: HiddenPushStore;
  users: UserStore;
}

/**
 * Pushes as one user sees them: published since the registration, to everybody or to this user, and not hidden by the
 * user. Hiding is the user's own; the shared record never changes (contract: app-support, push log).
 */
export function createPushLog({ pushes, hidden, users }: PushLogOptions) {
  async function visibleTo(userId: number): Promise<Visible> {
    const [user, except] = await Promise.all([users.find(userId), hidden.of(userId)]);
    if (!user) throw new AppError('unauthenticated');
    return user.pushesClearedAt
      ? { userId, since: user.pushesClearedAt, inclusive: false, except }
      : { userId, since: user.createdAt, inclusive: true, except };
  }

  return {
    async list(userId: number, request: PageRequest): Promise<Page<PushRecord>> {
      return pushes.log(await visibleTo(userId), request);
    },
    async find(userId: number, pushId: number): Promise<PushRecord> {
      const visible = await visibleTo(userId);
      const [push] = await pushes.visibleAmong(visible, [pushId]);
      if (!push || visible.except.includes(pushId)) throw new AppError('not_found');
      return push;
    },
    /** How many there are beside those that the client has. */
    async countExcept(userId: number, pushIds: readonly number[]): Promise<number> {
      const visible = await visibleTo(userId);
      return pushes.countVisible({ ...visible, except: [...visible.except, ...pushIds] });
    },
    /** Hides these, where the user sees them at all. */
    async hide(userId: number, pushIds: readonly number[]): Promise<void> {
      const found = await pushes.visibleAmong(await visibleTo(userId), pushIds);
      await hidden.hide(
        userId,
        found.map(({ _id }) => _id),
      );
    },
    /** Hides all there are up to now. */
    async clear(userId: number): Promise<void> {
      await users.clearPushes(userId, new Date());
      await hidden.removeAllOf(userId);
    },
  };
}

export type PushLog = ReturnType<typeof createPushLog>;
