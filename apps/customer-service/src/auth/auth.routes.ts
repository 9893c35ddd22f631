import { AppError } from '@portico/envelope';
import { defineRoute, publicAccess, validate, type Route } from '@portico/service';
import { z } from 'zod';
import { messageOutput } from '../answers.ts';
import type { UserAccess } from '../users/access.ts';
import { renderUser } from '../users/users.routes.ts';
import { userOutput } from '../users/users.schemas.ts';
import {
  emailBody,
  loginBody,
  refreshBody,
  registerBody,
  resetBody,
  sentOutput,
  tokenBody,
  tokenOutput,
} from './auth.schemas.ts';
import type { AuthService } from './auth.service.ts';

export interface AuthRoutesOptions {
  service: AuthService;
  access: UserAccess;
}

const tag = '认证';

export function authRoutes({ service, access }: AuthRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/auth/send-code',
      summary: '发送注册验证码',
      tag,
      access: publicAccess,
      body: emailBody,
      output: sentOutput,
      errors: ['invalid_params', 'code_sent_too_often', 'unavailable'],
      async handle({ body, context }) {
        await service.sendRegistrationCode(body.email, context);
        return { message: '验证码已发送', email: body.email };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/register',
      summary: '注册',
      tag,
      access: publicAccess,
      body: registerBody,
      status: 201,
      output: userOutput,
      errors: ['invalid_params', 'invalid_code', 'rule_violation', 'unavailable'],
      handle: async ({ body, context }) =>
        renderUser(await service.register(body.email, body.verification_code, body.password, context)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/login',
      summary: '登录',
      tag,
      access: publicAccess,
      body: loginBody,
      output: tokenOutput,
      errors: ['invalid_params', 'unauthenticated', 'account_disabled', 'rate_limited', 'unavailable'],
      handle: ({ body, context }) => service.login(body.email, body.password, context),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/token',
      summary: '登录 (OAuth2, 表单)',
      tag,
      access: publicAccess,
      bodyType: 'form',
      // Validated below, so that a refusal has the members of RFC 6749, 5.2.
      body: z.record(z.string(), z.unknown()).optional(),
      output: tokenOutput,
      errors: ['invalid_params', 'unauthenticated', 'account_disabled', 'rate_limited', 'unavailable'],
      handle: ({ body, context }) =>
        asOAuth(() => {
          const { username, password } = validate(tokenBody, body ?? {}, 'zh');
          return service.login(username, password, context);
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/refresh',
      summary: '用刷新令牌换新令牌, 旧刷新令牌随即失效',
      tag,
      access: publicAccess,
      body: refreshBody,
      output: tokenOutput,
      errors: ['invalid_params', 'unauthenticated', 'account_disabled'],
      handle: ({ body }) => service.refresh(body.refresh_token),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/logout',
      summary: '退出登录',
      tag,
      access: access.users,
      output: messageOutput,
      errors: ['unauthenticated'],
      async handle({ caller }) {
        await service.logout(caller.id, caller.sessionId);
        return { message: '已退出登录' };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/forgot-password',
      summary: '发送重置密码的验证码',
      tag,
      access: publicAccess,
      body: emailBody,
      output: sentOutput,
      errors: ['invalid_params', 'code_sent_too_often', 'unavailable'],
      async handle({ body, context }) {
        await service.sendResetCode(body.email, context);
        return { message: '验证码已发送', email: body.email };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/reset-password',
      summary: '用验证码重置密码, 所有会话结束',
      tag,
      access: publicAccess,
      body: resetBody,
      output: messageOutput,
      errors: ['invalid_params', 'invalid_code', 'account_disabled', 'unavailable'],
      async handle({ body, context }) {
        await service.resetPassword(body.email, body.verification_code, body.new_password, context);
        return { message: '密码重置成功' };
      },
    }),
  ];
}

/** Errors of the token endpoint carry `error` beside `detail` (contract: /api/auth/token; RFC 6749, 5.2). */
async function asOAuth<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const name = error.code === 'invalid_params' ? 'invalid_request' : 'invalid_grant';
    throw new AppError(error.code, {
      ...error,
      ...(error.worded && { message: error.message }),
      extra: { ...error.extra, error: name },
    });
  }
}
