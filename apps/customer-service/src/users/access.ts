import { bearerScheme, userAccess, type Sessions, type TokenVerifier } from '@portico/auth';
import { AppError } from '@portico/envelope';
import type { Access } from '@portico/service';
import type { Role } from './users.model.ts';
import type { UserStore } from './users.store.ts';

/** Whoever has signed in. */
export interface Caller {
  id: string;
  email: string;
  role: Role;
  /** The session that the token was given out in. */
  sessionId: string | undefined;
}

export interface UserAccess {
  /** Customers and operators. */
  users: Access<Caller>;
  operators: Access<Caller>;
}

/**
 * Access by Bearer token. Each request asks what the user is now, so that a disabled user, a changed password or a lost
 * role count at once (contract: tokens).
 */
export function createAccess(options: {
  verifier: TokenVerifier;
  store: UserStore;
  sessions: Sessions;
}): UserAccess {
  const { verifier, store, sessions } = options;
  const tokens = userAccess({ verifier, message: '无效的认证凭据' });
  const refused = () =>
    new AppError('unauthenticated', { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } });

  const users: Access<Caller> = {
    name: 'user',
    security: [bearerScheme],
    async authorize(request, context) {
      const claims = await tokens.authorize(request, context);
      const [user, isLive] = await Promise.all([
        store.find(claims.subject),
        claims.session === undefined || sessions.isLive(claims.session),
      ]);
      if (user && !user.isActive) throw new AppError('account_disabled');
      if (!user || user.version !== claims.version || !isLive) throw refused();
      return { id: String(user._id), email: user.email, role: user.role, sessionId: claims.session };
    },
  };
  return {
    users,
    operators: {
      name: 'operator',
      security: [bearerScheme],
      async authorize(request, context) {
        const caller = await users.authorize(request, context);
        if (caller.role !== 'admin') throw new AppError('permission_denied');
        return caller;
      },
    },
  };
}
