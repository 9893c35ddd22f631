import type { Passwords, SessionGrant, Sessions, SignIn, TokenIssuer } from '@portico/auth';
import { AppError } from '@portico/envelope';
import type { RequestContext } from '@portico/service';
import type { UserRecord } from '../users/users.model.ts';
import type { UserService } from '../users/users.service.ts';
import type { UserStore } from '../users/users.store.ts';
import type { z } from 'zod';
import type { operatorSessionOutput } from './auth.schemas.ts';
import type { CodeService } from './codes.service.ts';

export interface AuthServiceOptions {
  store: UserStore;
  users: UserService;
  codes: CodeService;
  passwords: Passwords;
  sessions: Sessions;
  signIn: SignIn;
  issuer: TokenIssuer;
}

/** What opens or renews a session of the console. */
export interface OperatorSession {
  /** Goes into the cookie and nowhere else. */
  refreshToken: string;
  /** Seconds until the session ends without further use. */
  lifetime: number;
  /** The answer. */
  grant: z.output<typeof operatorSessionOutput>;
}

const operatorSessionLimits = { idleSeconds: 2 * 3600, totalSeconds: 12 * 3600 };
const notAnOperator = () => new AppError('permission_denied', { message: '该账号不是运营人员' });

/** Getting in and out (document 003, section 1). */
export function createAuthService(options: AuthServiceOptions) {
  const { store, users, codes, passwords, sessions, signIn, issuer } = options;

  function grantOf(user: UserRecord, session: SessionGrant) {
    const { token, expiresIn } = issuer.issue({
      subject: String(user._id),
      role: user.role,
      version: user.version,
      email: user.email,
      session: session.sessionId,
    });
    return {
      access_token: token,
      token_type: 'bearer' as const,
      expires_in: expiresIn,
      refresh_token: session.refreshToken,
      refresh_expires_in: session.refreshExpiresIn,
    };
  }
  function operatorGrantOf(user: UserRecord, session: SessionGrant): OperatorSession {
    const { access_token, token_type, expires_in } = grantOf(user, session);
    return {
      refreshToken: session.refreshToken,
      lifetime: session.refreshExpiresIn,
      grant: { access_token, token_type, expires_in, user: { id: String(user._id), email: user.email } },
    };
  }

  /** @throws AppError `unauthenticated`, `account_disabled`, `rate_limited` */
  async function verify(email: string, password: string, context: RequestContext): Promise<UserRecord> {
    const user = await signIn.verify({
      account: email,
      context,
      password,
      find: () => store.findByEmail(email),
      refusal: () => new AppError('unauthenticated', { message: '邮箱或密码错误' }),
      rehash: ({ _id }, stored, hash) => store.rehash(String(_id), stored, hash),
    });
    if (!user.isActive) throw new AppError('account_disabled');
    return user;
  }
  const alreadyRegistered = () => new AppError('rule_violation', { message: '该邮箱已被注册' });

  return {
    sendRegistrationCode: (email: string, context: RequestContext) => codes.send(email, 'register', context),

    /** The code is consumed first: of concurrent submissions one gets here, and nobody else learns who is registered. */
    async register(
      email: string,
      code: string,
      password: string,
      { clientIp }: RequestContext,
    ): Promise<UserRecord> {
      await codes.consume(email, 'register', code);
      if (await store.findByEmail(email)) throw alreadyRegistered();
      const hash = await passwords.hash(password, clientIp);
      const user = await store.create({ email, role: 'user', password: hash });
      if (!user) throw alreadyRegistered();
      return user;
    },

    async login(email: string, password: string, context: RequestContext) {
      const user = await verify(email, password, context);
      const session = await sessions.open(String(user._id), {
        ip: context.clientIp,
        userAgent: context.userAgent,
      });
      return grantOf(user, session);
    },

    /**
     * Opens the session of the operators' console, which ends after two hours without use and after twelve in any case.
     *
     * @throws AppError `permission_denied` for a customer, beside the refusals of `login`
     */
    async openOperatorSession(email: string, password: string, context: RequestContext) {
      const user = await verify(email, password, context);
      if (user.role !== 'admin') throw notAnOperator();
      const origin = { ip: context.clientIp, userAgent: context.userAgent };
      const session = await sessions.open(String(user._id), origin, operatorSessionLimits);
      return operatorGrantOf(user, session);
    },

    /** @throws AppError `unauthenticated`, `account_disabled`, `permission_denied` once the role is lost */
    async renewOperatorSession(refreshToken: string) {
      const session = await sessions.refresh(refreshToken);
      const user = await store.find(session.userId);
      if (!user) throw new AppError('unauthenticated');
      if (!user.isActive) throw new AppError('account_disabled');
      if (user.role !== 'admin') throw notAnOperator();
      return operatorGrantOf(user, session);
    },

    /** Ends the session of a refresh token; one that is not known has ended. */
    async endOperatorSession(refreshToken: string): Promise<void> {
      await sessions.endByToken(refreshToken);
    },

    /** @throws AppError `unauthenticated`, `account_disabled` */
    async refresh(refreshToken: string) {
      const session = await sessions.refresh(refreshToken);
      const user = await store.find(session.userId);
      if (!user) throw new AppError('unauthenticated');
      if (!user.isActive) throw new AppError('account_disabled');
      return grantOf(user, session);
    },

    /** Ends the session that a token was given out in. */
    async logout(userId: string, sessionId: string | undefined): Promise<void> {
      if (sessionId !== undefined) await sessions.end(userId, sessionId);
    },

    /** Tells nobody whether the address is registered. */
    async sendResetCode(email: string, context: RequestContext): Promise<void> {
      const user = await store.findByEmail(email);
      await codes.send(email, 'reset_password', context, user?.isActive ?? false);
    },

    /** Whoever knew the old password is out. */
    async resetPassword(
      email: string,
      code: string,
      password: string,
      context: RequestContext,
    ): Promise<void> {
      await codes.consume(email, 'reset_password', code);
      const user = await store.findByEmail(email);
      if (!user) throw new AppError('invalid_code', { message: '验证码无效或已过期' });
      if (!user.isActive) throw new AppError('account_disabled');
      await users.resetPassword(String(user._id), password, context);
    },
  };
}

export type AuthService = ReturnType<typeof createAuthService>;
