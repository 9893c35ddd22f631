import { defineRoute, type Route } from '@portico/service';
import { messageOutput, renderPage } from '../answers.ts';
import type { UserAccess } from './access.ts';
import type { UserRecord } from './users.model.ts';
import {
  administerBody,
  changePasswordBody,
  profileBody,
  userOutput,
  userParams,
  usersOutput,
  usersQuery,
} from './users.schemas.ts';
import type { UserService } from './users.service.ts';
import type { UserStore } from './users.store.ts';

export interface UserRoutesOptions {
  service: UserService;
  store: UserStore;
  access: UserAccess;
}

const tag = '用户';

export function userRoutes({ service, store, access }: UserRoutesOptions): Route[] {
  const me = (path: string) =>
    defineRoute({
      method: 'GET',
      path,
      summary: '当前用户信息',
      tag,
      access: access.users,
      output: userOutput,
      errors: ['unauthenticated', 'account_disabled'],
      handle: async ({ caller }) => renderUser(await service.info(caller.id)),
    });
  return [
    me('/api/auth/me'),
    me('/api/users/me'),
    defineRoute({
      method: 'PATCH',
      path: '/api/users/me',
      summary: '修改个人资料, null 清空, 未给出的字段保持不变',
      tag,
      access: access.users,
      body: profileBody,
      output: userOutput,
      errors: ['unauthenticated', 'rule_violation', 'invalid_params'],
      async handle({ caller, body }) {
        const profile = {
          ...(body.full_name !== undefined && { fullName: body.full_name }),
          ...(body.phone_number !== undefined && { phoneNumber: body.phone_number }),
          ...(body.avatar_url !== undefined && { avatarUrl: body.avatar_url }),
          ...(body.bio !== undefined && { bio: body.bio }),
        };
        return renderUser(await service.updateProfile(caller.id, profile));
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/users/me/change-password',
      summary: '修改密码, 之前的令牌全部失效',
      tag,
      access: access.users,
      body: changePasswordBody,
      output: messageOutput,
      errors: ['unauthenticated', 'rule_violation', 'invalid_params', 'rate_limited'],
      async handle({ caller, body, context }) {
        await service.changePassword(caller, body.old_password, body.new_password, context);
        return { message: '密码修改成功' };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/users',
      summary: '用户列表',
      tag: '管理',
      access: access.operators,
      query: usersQuery,
      output: usersOutput,
      errors: ['invalid_params'],
      handle: async ({ query }) => renderPage(await store.list(query.email, query), renderUser),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/api/admin/users/:id',
      summary: '启用、禁用用户或修改角色, 之前的令牌全部失效',
      tag: '管理',
      access: access.operators,
      params: userParams,
      body: administerBody,
      output: userOutput,
      errors: ['not_found', 'rule_violation', 'invalid_params'],
      async handle({ caller, params, body }) {
        const change = {
          ...(body.is_active !== undefined && { isActive: body.is_active }),
          ...(body.role !== undefined && { role: body.role }),
        };
        return renderUser(await service.administer(caller, params.id, change));
      },
    }),
  ];
}

export const renderUser = (user: UserRecord) => ({
  id: String(user._id),
  email: user.email,
  role: user.role,
  is_active: user.isActive,
  created_at: user.createdAt,
  updated_at: user.updatedAt,
  full_name: user.fullName,
  phone_number: user.phoneNumber,
  avatar_url: user.avatarUrl,
  bio: user.bio,
});
