import type { AppError } from '@portico/envelope';
import type { LoginBudget, LoginContext } from '../budgets/login-budget.ts';
import type { Passwords } from '../passwords/passwords.ts';

export interface SignInOptions {
  passwords: Passwords;
  budget: LoginBudget;
}

/** What a user's record must hold for a password to be compared with it. */
export interface PasswordHolder {
  password?: string | undefined;
}

/** The claim to be a user, with what proves it. */
export interface SignInClaim<User extends PasswordHolder> {
  /** The name of the account, known or not; tries are counted by it. */
  account: string;
  /** The request, for the client that tries; its device gets a token when the password is right. */
  context: LoginContext;
  /** Finds the user with the stored password. */
  find: () => Promise<User | null>;
  password: string;
  /** A second secret that must be right as well, compared at the same cost for unknown users. */
  second?: { given: string; storedOf(user: User): string | undefined };
  /** The refusal, of an unknown user or of a wrong secret. */
  refusal: (user: User | undefined) => AppError;
  /** Stores a new hash of the right password, where another scheme, pepper or cost took over. */
  rehash?: (user: User, stored: string, hash: string) => Promise<unknown>;
}

/** The one way to prove an account by its password. */
export interface SignIn {
  /**
   * Answers the user whose password it is. Takes a try of the guess budget first, and costs the same for an unknown
   * user as for a wrong password. Whether the user may do anything is for the caller to say.
   *
   * @throws the claim's refusal; AppError `rate_limited` without tries, `unavailable` while Redis is unavailable
   */
  verify<User extends PasswordHolder>(claim: SignInClaim<User>): Promise<User>;
}

/**
 * Signs users in, and confirms passwords wherever one is asked for.
 *
 * @example
 * const user = await signIn.verify({
 *   account: email, context, password,
 *   find: () => store.findByEmail(email),
 *   refusal: () => new AppError('unauthenticated'),
 * });
 */
export function createSignIn({ passwords, budget }: SignInOptions): SignIn {
  return {
    async verify({ account, context, find, password, second, refusal, rehash }) {
      const guess = await budget.take(account, context);
      const from = context.clientIp;
      const user = (await find()) ?? undefined;
      const checks = [passwords.verifyOrDummy(user?.password, password, from)];
      if (second) checks.push(passwords.verifyOrDummy(user && second.storedOf(user), second.given, from));
      const areRight = await Promise.all(checks);
      if (!user || !areRight.every(Boolean)) throw refusal(user);
      await guess.succeeded();
      if (rehash && user.password !== undefined && passwords.needsRehash(user.password))
        await rehash(user, user.password, await passwords.hash(password, from));
      return user;
    },
  };
}
