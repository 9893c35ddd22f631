import type { SessionGrant, Sessions } from '@portico/auth';
import { defineRoute, publicAccess, type Access, type Route } from '@portico/service';
import { parseAccount } from '../accounts/account.ts';
import { emptySuccess } from '../answers.ts';
import type { Clock } from '../clock.ts';
import type { User } from '../users/access.ts';
import {
  codeLoginBody,
  loginBody,
  refreshBody,
  registerBody,
  resetPasswordBody,
  tokensOutput,
} from './auth.schemas.ts';
import type { AuthService } from './auth.service.ts';

export interface AuthRoutesOptions {
  auth: AuthService;
  sessions: Sessions;
  users: Access<User>;
  clock: Clock;
}

const tag = '认证';

export function authRoutes({ auth, sessions, users, clock }: AuthRoutesOptions): Route[] {
  const tokens = (grant: SessionGrant) => ({
    access_token: grant.accessToken,
    refresh_token: grant.refreshToken,
    expires_at: clock.format(new Date(Date.now() + grant.expiresIn * 1000)),
    expires_in: grant.expiresIn,
  });
  return [
    defineRoute({
      method: 'POST',
      path: '/api/auth/register',
      summary: '注册',
      tag,
      access: publicAccess,
      body: registerBody,
      output: tokensOutput,
      errors: ['invalid_params', 'invalid_code', 'user_already_registered', 'rate_limited'],
      handle: async ({ body, context }) =>
        tokens(await auth.register(parseAccount(body), body.code, body.password, context)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/access_token',
      summary: '登录',
      tag,
      access: publicAccess,
      body: loginBody,
      output: tokensOutput,
      errors: ['invalid_params', 'user_not_registered', 'wrong_password', 'account_disabled', 'rate_limited'],
      handle: async ({ body, context }) =>
        tokens(await auth.login(parseAccount(body), body.password, context)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/code_token',
      summary: '验证码登录 (purpose 为 login 的验证码)',
      tag,
      access: publicAccess,
      body: codeLoginBody,
      output: tokensOutput,
      errors: ['invalid_params', 'invalid_code', 'user_not_registered', 'account_disabled'],
      handle: async ({ body, context }) =>
        tokens(await auth.loginByCode(parseAccount(body), body.code, context)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/refresh_token',
      summary: '刷新Token',
      tag,
      access: publicAccess,
      body: refreshBody,
      output: tokensOutput,
      errors: ['unauthenticated', 'account_disabled'],
      handle: async ({ body }) => tokens(await auth.refresh(body.refresh_token)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/destroy_token',
      summary: '退出登录',
      tag,
      access: users,
      output: emptySuccess,
      errors: ['unauthenticated'],
      async handle({ caller }) {
        await sessions.end(String(caller.id), caller.sessionId);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/reset_password',
      summary: '重置密码 (purpose 为 reset_password 的验证码), 结束该用户的所有会话',
      tag,
      access: publicAccess,
      body: resetPasswordBody,
      output: emptySuccess,
      errors: ['invalid_params', 'invalid_code', 'user_not_registered', 'account_disabled', 'rate_limited'],
      handle: ({ body, context }) =>
        auth.resetPassword(parseAccount(body), body.code, body.password, context),
    }),
  ];
}
