import type { Sessions } from '@portico/auth';
import { AppError } from '@portico/envelope';
import type { UserAccess } from './access.ts';
import type { UserRecord } from './users.model.ts';
import type { Profile, UserStore } from './users.store.ts';

/** Erases what a feature holds of a user; may be called again. */
export type Eraser = (userId: number) => Promise<unknown>;

export interface UserServiceOptions {
  store: UserStore;
  sessions: Sessions;
  access: UserAccess;
  erasers: readonly Eraser[];
}

/** Until then another instance may believe in a session, and write something for its user. */
const deletionMs = 60_000;
const deletionsAtATime = 50;

export function createUserService({ store, sessions, access, erasers }: UserServiceOptions) {
  /** Every step may be repeated. */
  async function erase(userId: number): Promise<void> {
    await sessions.endAll(String(userId));
    access.forget(userId);
    for (const eraser of erasers) await eraser(userId);
  }

  return {
    async info(userId: number): Promise<UserRecord> {
      const user = await store.find(userId);
      if (!user) throw new AppError('unauthenticated');
      return user;
    },
    async updateProfile(userId: number, profile: Partial<Profile>): Promise<UserRecord> {
      const user = await store.updateProfile(userId, profile);
      if (!user) throw new AppError('unauthenticated');
      return user;
    },
    /** A disabled user keeps the sessions, and is refused with 10003 while disabled. */
    async setActive(userId: number, isActive: boolean): Promise<UserRecord> {
      const user = await store.setActive(userId, isActive);
      if (!user) throw new AppError('not_found');
      access.forget(userId);
      return user;
    },
    /** From the first step on nobody signs in, and nothing personal is left of the user. */
    async remove(userId: number): Promise<void> {
      await store.beginDeletion(userId);
      await erase(userId);
    },
    /** Erases again what a crash left or came meanwhile, and the record of the deletion at last. */
    async finishDeletions(): Promise<void> {
      const before = new Date(Date.now() - deletionMs);
      for (const userId of await store.unfinishedDeletions(before, deletionsAtATime)) {
        await erase(userId);
        await store.finishDeletion(userId);
      }
    },
  };
}

export type UserService = ReturnType<typeof createUserService>;
