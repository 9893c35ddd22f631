import type { Operator, Session, Sessions } from '@portico/auth';
import { AppError } from '@portico/envelope';
import { defineRoute, type Access, type Route } from '@portico/service';
import { emptySuccess, pageRequest, renderPage } from '../answers.ts';
import type { AuthService } from '../auth/auth.service.ts';
import type { Clock } from '../clock.ts';
import type { User } from './access.ts';
import type { UserRecord } from './users.model.ts';
import {
  changePasswordBody,
  deleteAccountBody,
  personalInfoOutput,
  profileBody,
  sessionParams,
  sessionsOutput,
  userBody,
  userParams,
  usersOutput,
  usersQuery,
} from './users.schemas.ts';
import type { UserService } from './users.service.ts';
import type { UserStore } from './users.store.ts';

export interface UserRoutesOptions {
  service: UserService;
  store: UserStore;
  auth: AuthService;
  sessions: Sessions;
  users: Access<User>;
  operators: Access<Operator>;
  clock: Clock;
}

const tag = '个人';

export function personalRoutes({ service, auth, sessions, users, clock }: UserRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/personal/info',
      summary: '个人信息',
      tag,
      access: users,
      output: personalInfoOutput,
      errors: ['unauthenticated'],
      handle: async ({ caller }) => renderUser(await service.info(caller.id), clock),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/personal/info',
      summary: '修改个人信息, 未给出的字段保持不变',
      tag,
      access: users,
      body: profileBody,
      output: personalInfoOutput,
      errors: ['unauthenticated', 'invalid_params'],
      async handle({ caller, body: { address: homeAddress, ...body } }) {
        const profile = { ...body, ...(homeAddress !== undefined && { homeAddress }) };
        return renderUser(await service.updateProfile(caller.id, profile), clock);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/personal/password',
      summary: '修改密码, 结束该用户的其他会话',
      tag,
      access: users,
      body: changePasswordBody,
      output: emptySuccess,
      errors: ['unauthenticated', 'invalid_params', 'wrong_password', 'rate_limited'],
      async handle({ caller, body, context }) {
        await auth.changePassword(caller, body.old_password, body.new_password, context);
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/personal/sessions',
      summary: '登录会话列表',
      tag,
      access: users,
      output: sessionsOutput,
      errors: ['unauthenticated'],
      async handle({ caller }) {
        const list = await sessions.list(String(caller.id));
        return { data: list.map((session) => renderSession(session, caller, clock)) };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/personal/sessions/:session_id',
      summary: '结束一个登录会话',
      tag,
      access: users,
      params: sessionParams,
      output: emptySuccess,
      errors: ['unauthenticated', 'not_found'],
      async handle({ caller, params }) {
        if (!(await sessions.end(String(caller.id), params.session_id))) throw new AppError('not_found');
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/personal/account',
      summary: '注销账号, 删除该用户的全部数据',
      tag,
      access: users,
      body: deleteAccountBody,
      output: emptySuccess,
      errors: ['unauthenticated', 'invalid_params', 'wrong_password', 'rate_limited'],
      async handle({ caller, body, context }) {
        await auth.confirmPassword(caller.id, body.password, context);
        await service.remove(caller.id);
      },
    }),
  ];
}

export function userAdminRoutes({ service, store, operators, clock }: UserRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/admin/users',
      summary: '用户列表, 按手机、邮箱、用户名或昵称搜索',
      tag: '管理',
      access: operators,
      query: usersQuery,
      output: usersOutput,
      errors: ['invalid_params'],
      handle: async ({ query }) =>
        renderPage(await store.list(query.search, pageRequest(query)), query, (user) =>
          renderUser(user, clock),
        ),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/admin/users/:id',
      summary: '启用或禁用用户',
      tag: '管理',
      access: operators,
      params: userParams,
      body: userBody,
      output: personalInfoOutput,
      errors: ['invalid_params', 'not_found'],
      handle: async ({ params, body }) =>
        renderUser(await service.setActive(params.id, body.is_active), clock),
    }),
  ];
}

function renderUser(user: UserRecord, clock: Clock) {
  return {
    id: user._id,
    area: user.area,
    phone: user.phone,
    email: user.email,
    openid: user.openid,
    role: user.role,
    username: user.username,
    is_active: user.isActive,
    app_id: '',
    created_at: clock.format(user.createdAt),
    updated_at: clock.format(user.updatedAt),
    nickname: user.nickname,
    avatar: user.avatar,
    gender: user.gender,
    birthday: user.birthday,
    address: user.homeAddress,
  };
}

function renderSession(session: Session, caller: User, clock: Clock) {
  return {
    id: session.id,
    current: session.id === caller.sessionId,
    ip: session.origin.ip,
    user_agent: session.origin.userAgent,
    created_at: clock.format(session.createdAt),
    last_used_at: clock.format(session.lastUsedAt),
    expires_at: clock.format(session.expiresAt),
  };
}
