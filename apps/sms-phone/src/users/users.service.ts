import type { Passwords, SecretTokens, SignIn } from '@portico/auth';
import { AppError, invalidField } from '@portico/envelope';
import type { RequestContext } from '@portico/service';
import { normalizeAnswer, splitQuestion } from './security-question.ts';
import type { UserRecord } from './users.model.ts';
import type { UserStore } from './users.store.ts';

export interface UserServiceOptions {
  store: UserStore;
  passwords: Passwords;
  tokens: SecretTokens;
  signIn: SignIn;
}

export interface Registration {
  username: string;
  password: string;
  email: string;
  security_question: string;
}

export interface PasswordChange {
  username: string;
  old_password: string;
  new_password: string;
  security_answer: string;
}

/** Registering, signing in, changing the password (document 002; contract: sms-phone). */
export function createUserService({ store, passwords, tokens, signIn }: UserServiceOptions) {
  const tokenOf = (user: UserRecord) =>
    tokens.issue({ subject: String(user._id), version: user.version }).token;

  return {
    async register(
      registration: Registration,
      { clientIp }: RequestContext,
    ): Promise<{ user: UserRecord; token: string }> {
      const security = splitQuestion(registration.security_question);
      if (!security)
        throw invalidField(
          'security_question',
          'security_question 必须是问题、问号和答案, 如 "最喜欢的颜色? 蓝色"',
        );
      const [password, securityAnswer] = await Promise.all([
        passwords.hash(registration.password, clientIp),
        passwords.hash(normalizeAnswer(security.answer), clientIp),
      ]);
      const user = await store.create({
        username: registration.username,
        email: registration.email,
        securityQuestion: security.question,
        password,
        securityAnswer,
      });
      if (!user) throw new AppError('user_already_registered', { message: '用户名或邮箱已被注册' });
      return { user, token: tokenOf(user) };
    },

    async login(username: string, password: string, context: RequestContext) {
      const user = await signIn.verify({
        account: username.toLowerCase(),
        context,
        password,
        find: () => store.findByName(username),
        refusal: () => new AppError('unauthenticated', { message: '用户名或密码错误' }),
        rehash: ({ _id }, stored, hash) => store.rehash(_id, stored, hash),
      });
      return { user, token: tokenOf(user) };
    },

    /** Wrong password, wrong answer and unknown user are one refusal, at one cost. */
    async changePassword(change: PasswordChange, context: RequestContext): Promise<void> {
      const answer = normalizeAnswer(change.security_answer);
      const refusal = () => new AppError('unauthenticated', { message: '用户名、密码或安全答案错误' });
      const user = await signIn.verify({
        account: change.username.toLowerCase(),
        context,
        password: change.old_password,
        second: { given: answer, storedOf: ({ securityAnswer }) => securityAnswer },
        find: () => store.findByName(change.username),
        refusal,
      });
      const next = {
        password: await passwords.hash(change.new_password, context.clientIp),
        // The only moment at which the answer is known: the next may be after its pepper has gone.
        ...(user.securityAnswer &&
          passwords.needsRehash(user.securityAnswer) && {
            securityAnswer: await passwords.hash(answer, context.clientIp),
          }),
      };
      // Two changes at once: the other was first, and this old password is none any more.
      if (!user.password || !(await store.setPassword(user._id, user.password, next))) throw refusal();
    },
  };
}

export type UserService = ReturnType<typeof createUserService>;
