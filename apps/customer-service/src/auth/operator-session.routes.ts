import { AppError } from '@portico/envelope';
import { defineRoute, type Access, type RequestContext, type Route } from '@portico/service';
import { parseCookie, stringifySetCookie } from 'cookie';
import { noOutput } from '../answers.ts';
import { loginBody, operatorSessionOutput } from './auth.schemas.ts';
import type { AuthService, OperatorSession } from './auth.service.ts';

export interface OperatorSessionRoutesOptions {
  service: AuthService;
  /** Where browsers reach the platform, where that is configured. */
  publicUrl: string | undefined;
  /** Whether the cookie is for https alone, also where a proxy in front says nothing of it. */
  secure: boolean;
}

const cookieName = 'portico_session';
const path = '/api/auth/session';
/** The only paths that get the cookie, as a browser sees them. */
const cookiePath = `/customer-service${path}`;
const tag = '认证';

/**
 * The session of the operators' console. The refresh token is in a cookie that no script reads, sent to these three paths
 * alone and never from another site.
 */
export function operatorSessionRoutes({ service, publicUrl, secure }: OperatorSessionRoutesOptions): Route[] {
  const access = sameOrigin(publicUrl);

  function setCookie(context: RequestContext, value: string, maxAge: number): void {
    const isHttps = secure || context.request.headers['x-forwarded-proto'] === 'https';
    const attributes = {
      httpOnly: true,
      sameSite: 'strict',
      path: cookiePath,
      maxAge,
      secure: isHttps,
    } as const;
    context.header('Set-Cookie', stringifySetCookie({ name: cookieName, value, ...attributes }));
  }
  function answer(context: RequestContext, { refreshToken, lifetime, grant }: OperatorSession) {
    setCookie(context, refreshToken, lifetime);
    return grant;
  }

  return [
    defineRoute({
      method: 'POST',
      path,
      summary: '运营人员登录控制台',
      tag,
      access,
      body: loginBody,
      output: operatorSessionOutput,
      errors: ['invalid_params', 'unauthenticated', 'permission_denied', 'account_disabled', 'rate_limited'],
      handle: async ({ body, context }) =>
        answer(context, await service.openOperatorSession(body.email, body.password, context)),
    }),
    defineRoute({
      method: 'POST',
      path: `${path}/refresh`,
      summary: '用会话 Cookie 换新的访问令牌',
      tag,
      access,
      output: operatorSessionOutput,
      errors: ['unauthenticated', 'permission_denied', 'account_disabled'],
      async handle({ context }) {
        const token = tokenOf(context);
        if (token === undefined) throw new AppError('unauthenticated', { status: 401 });
        return answer(context, await service.renewOperatorSession(token));
      },
    }),
    defineRoute({
      method: 'DELETE',
      path,
      summary: '退出控制台',
      tag,
      access,
      status: 204,
      output: noOutput,
      errors: ['permission_denied'],
      async handle({ context }) {
        const token = tokenOf(context);
        if (token !== undefined) await service.endOperatorSession(token);
        setCookie(context, '', 0);
      },
    }),
  ];
}

const tokenOf = ({ request }: RequestContext) => parseCookie(request.headers.cookie ?? '')[cookieName];

/** Requests that a page of this host has sent: a browser names the origin with each of them. */
function sameOrigin(publicUrl: string | undefined): Access<undefined> {
  const own = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  return {
    name: 'same origin',
    security: [],
    authorize({ headers }) {
      const host = headers['x-forwarded-host'] ?? headers.host ?? '';
      const proto = headers['x-forwarded-proto'] ?? 'http';
      const allowed = [`${String(proto)}://${String(host)}`, own];
      if (!allowed.includes(headers.origin)) {
        throw new AppError('permission_denied', { message: '仅限控制台页面访问 (Origin)' });
      }
      return undefined;
    },
  };
}
