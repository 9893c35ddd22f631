import { credentialsFrom, type Sessions } from '@portico/auth';
import { AppError } from '@portico/envelope';
import type { Access } from '@portico/service';
import type { UserStore } from './users.store.ts';

/** Whoever signed in, as routes know them. */
export interface User {
  id: number;
  sessionId: string;
}

/** Name of the OpenAPI security scheme of these tokens. */
export const tokenScheme = 'token';

export interface UserAccess extends Access<User> {
  /** A change that this instance made is seen by it at once. */
  forget(userId: number): void;
}

export interface UserAccessOptions {
  sessions: Sessions;
  users: Pick<UserStore, 'find'>;
  /** How long this instance may believe that a user is active: with the sessions' own, well below 30 s. */
  staleMs?: number;
}

const maxEntries = 10_000;

/** A route for users: `Authorization: Token …`, or `Bearer …` (contract: app-support, tokens). */
export function createUserAccess({ sessions, users, staleMs = 10_000 }: UserAccessOptions): UserAccess {
  const active = new Map<number, { isActive: boolean; readAt: number }>();

  async function isActive(userId: number): Promise<boolean | undefined> {
    const known = active.get(userId);
    if (known && Date.now() - known.readAt < staleMs) return known.isActive;
    const user = await users.find(userId);
    active.delete(userId);
    if (!user) return undefined;
    active.set(userId, { isActive: user.isActive, readAt: Date.now() });
    if (active.size > maxEntries) active.delete(active.keys().next().value as number);
    return user.isActive;
  }

  return {
    name: 'user',
    security: [tokenScheme],
    forget: (userId) => void active.delete(userId),
    async authorize(request) {
      const token = credentialsFrom(request.headers.authorization, ['Token', 'Bearer']);
      const session = token === undefined ? undefined : await sessions.authenticate(token);
      const userId = Number(session?.userId);
      const mayCome = session && (await isActive(userId));
      if (mayCome === undefined) throw new AppError('unauthenticated');
      if (!mayCome) throw new AppError('account_disabled');
      return { id: userId, sessionId: session.id };
    },
  };
}
