import type { Passwords, Revocations, Sessions, SignIn } from '@portico/auth';
import { AppError } from '@portico/envelope';
import type { Logger, RequestContext } from '@portico/service';
import type { Caller } from './access.ts';
import type { UserRecord } from './users.model.ts';
import type { Profile, UserStore } from './users.store.ts';

export interface UserServiceOptions {
  store: UserStore;
  passwords: Passwords;
  sessions: Sessions;
  revocations: Revocations;
  signIn: SignIn;
  logger: Logger;
}

/** Users and what they, and operators, change of them. */
export function createUserService(options: UserServiceOptions) {
  const { store, passwords, sessions, revocations, signIn, logger } = options;

  /** Ends all tokens of a user: here by the version, in the other services by what they read in Redis. */
  async function changeIdentity(
    id: string,
    change: Parameters<UserStore['changeIdentity']>[1],
  ): Promise<UserRecord> {
    // Written first: whoever refreshes from now on is asked for it (libs/auth, sessions).
    const user = await store.changeIdentity(id, change);
    if (!user) throw new AppError('not_found', { message: '用户不存在' });
    await endTokens(user);
    return user;
  }

  async function endTokens(user: UserRecord, keepSession?: string): Promise<void> {
    await sessions.endAll(String(user._id), keepSession);
    await revocations.revokeBefore(String(user._id), user.version);
  }
  const wrongPassword = () => new AppError('rule_violation', { message: '当前密码不正确' });

  return {
    async info(id: string): Promise<UserRecord> {
      const user = await store.find(id);
      if (!user) throw new AppError('unauthenticated');
      return user;
    },

    async updateProfile(id: string, profile: Partial<Profile>): Promise<UserRecord> {
      if (Object.keys(profile).length === 0)
        throw new AppError('rule_violation', { message: '未提供任何需要更新的字段' });
      const user = await store.updateProfile(id, profile);
      if (!user) throw new AppError('unauthenticated');
      return user;
    },

    /** All tokens end; the session that asks may still be refreshed. */
    async changePassword(
      caller: Caller,
      oldPassword: string,
      password: string,
      context: RequestContext,
    ): Promise<void> {
      const { password: former } = await signIn.verify({
        account: `user:${caller.id}`,
        context,
        password: oldPassword,
        find: () => store.findWithPassword(caller.id),
        refusal: wrongPassword,
      });
      if (oldPassword.normalize('NFC') === password.normalize('NFC'))
        throw new AppError('rule_violation', { message: '新密码不能与当前密码相同' });
      const hash = await passwords.hash(password, context.clientIp);
      // Two changes at once: the other was first, and this old password is none any more.
      const changed = await store.changeIdentity(caller.id, { password: hash }, former);
      if (!changed) throw wrongPassword();
      await endTokens(changed, caller.sessionId);
    },

    resetPassword: async (id: string, password: string, { clientIp }: RequestContext) =>
      void (await changeIdentity(id, { password: await passwords.hash(password, clientIp) })),

    /** What operators change of a user; of themselves nothing, so that the last one cannot lock all out. */
    async administer(operator: Caller, id: string, change: Partial<Pick<UserRecord, 'isActive' | 'role'>>) {
      if (operator.id === id) throw new AppError('rule_violation', { message: '不能修改自己的角色或状态' });
      const user = await store.find(id);
      if (!user) throw new AppError('not_found', { message: '用户不存在' });
      const isSame =
        (change.isActive ?? user.isActive) === user.isActive && (change.role ?? user.role) === user.role;
      // Repeated all the same: the first time may have failed half-way.
      return isSame && user.isActive ? user : changeIdentity(id, change);
    },

    /**
     * Makes the first operator. Any number of replicas may do it at the same time and at each start; a user of that
     * address who is there already becomes an operator only where there is none.
     */
    async ensureOperator(email: string, password: string): Promise<void> {
      const user = await store.findByEmail(email);
      if (user) {
        if (user.role === 'admin' || (await store.hasOperator())) return;
        await changeIdentity(String(user._id), { role: 'admin' });
      } else if (!(await store.create({ email, role: 'admin', password: await passwords.hash(password) }))) {
        return;
      }
      logger.info({ email }, 'operator made');
    },
  };
}

export type UserService = ReturnType<typeof createUserService>;
