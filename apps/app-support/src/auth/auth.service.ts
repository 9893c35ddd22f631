import { randomInt } from 'node:crypto';
import type { Passwords, SessionGrant, Sessions, SignIn } from '@portico/auth';
import { AppError } from '@portico/envelope';
import type { RequestContext } from '@portico/service';
import type { Account } from '../accounts/account.ts';
import type { CodeService } from '../codes/codes.service.ts';
import type { User } from '../users/access.ts';
import type { UserRecord } from '../users/users.model.ts';
import type { UserStore } from '../users/users.store.ts';

export interface AuthServiceOptions {
  users: UserStore;
  codes: CodeService;
  passwords: Passwords;
  sessions: Sessions;
  signIn: SignIn;
  /** Answer the login of an unknown account like one with a wrong password. */
  hideExistence: boolean;
}

/** Getting in and out (document 004, auth). */
export function createAuthService(options: AuthServiceOptions) {
  const { users, codes, passwords, sessions, signIn, hideExistence } = options;

  const open = ({ _id }: UserRecord, { clientIp, userAgent }: RequestContext) =>
    sessions.open(String(_id), { ip: clientIp, userAgent });

  /** Whoever has proved to own the account may know what became of it. */
  function admitted(user: UserRecord | null): UserRecord {
    if (!user) throw new AppError('user_not_registered');
    if (!user.isActive) throw new AppError('account_disabled');
    return user;
  }

  const confirmPassword = (userId: number, password: string, context: RequestContext): Promise<UserRecord> =>
    signIn.verify({
      account: `user:${userId}`,
      context,
      password,
      find: () => users.findWithPassword(userId),
      refusal: () => new AppError('wrong_password'),
    });

  return {
    /** The code is consumed first: of concurrent submissions one gets here, and nobody else learns who is registered. */
    async register(account: Account, code: string, password: string, context: RequestContext) {
      await codes.consume(account, 'register', code);
      if (await users.findByAddress(account.address)) throw new AppError('user_already_registered');
      const user = await users.create({
        address: account.address,
        area: account.area,
        phone: account.phone,
        email: account.email,
        username: account.phone || account.email,
        openid: newOpenId(),
        password: await passwords.hash(password, context.clientIp),
      });
      if (!user) throw new AppError('user_already_registered');
      return open(user, context);
    },

    async login(account: Account, password: string, context: RequestContext): Promise<SessionGrant> {
      const user = await signIn.verify({
        account: account.address,
        context,
        password,
        find: () => users.findByAddress(account.address),
        refusal: (found) => new AppError(found || hideExistence ? 'wrong_password' : 'user_not_registered'),
        rehash: ({ _id }, stored, hash) => users.rehash(_id, stored, hash),
      });
      return open(admitted(user), context);
    },

    async loginByCode(account: Account, code: string, context: RequestContext): Promise<SessionGrant> {
      await codes.consume(account, 'login', code);
      return open(admitted(await users.findByAddress(account.address)), context);
    },

    /** Whoever knew the old password is out. */
    async resetPassword(
      account: Account,
      code: string,
      password: string,
      { clientIp }: RequestContext,
    ): Promise<void> {
      await codes.consume(account, 'reset_password', code);
      const user = admitted(await users.findByAddress(account.address));
      await users.setPassword(user._id, await passwords.hash(password, clientIp));
      await sessions.endAll(String(user._id));
    },

    async refresh(refreshToken: string): Promise<SessionGrant> {
      const grant = await refreshed(sessions, refreshToken);
      const user = await users.find(Number(grant.userId));
      if (!user) throw new AppError('unauthenticated');
      admitted(user);
      return grant;
    },

    /** @throws AppError `wrong_password`, `rate_limited` */
    confirmPassword,

    /** The session that asks goes on, all others end. @throws AppError `wrong_password`, `rate_limited` */
    async changePassword(
      { id, sessionId }: User,
      oldPassword: string,
      password: string,
      context: RequestContext,
    ): Promise<void> {
      const { password: former } = await confirmPassword(id, oldPassword, context);
      const hash = await passwords.hash(password, context.clientIp);
      // Two changes at once: the other was first, and this old password is none any more.
      if (former === undefined || !(await users.replacePassword(id, former, hash)))
        throw new AppError('wrong_password');
      await sessions.endAll(String(id), sessionId);
    },
  };
}

export type AuthService = ReturnType<typeof createAuthService>;

/** The refusal in this service's terms: its outcomes carry the code 10004, not a status (contract: rules, 5). */
async function refreshed(sessions: Sessions, refreshToken: string): Promise<SessionGrant> {
  try {
    return await sessions.refresh(refreshToken);
  } catch (error) {
    if (error instanceof AppError && error.code === 'unauthenticated') throw new AppError('unauthenticated');
    throw error;
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** 40 letters and digits, as in the document. */
function newOpenId(): string {
  return Array.from({ length: 40 }, () => letters.charAt(randomInt(letters.length))).join('');
}
