import type { Operator } from '@portico/auth';
import { defineRoute, publicAccess, type Access, type Route } from '@portico/service';
import { z } from 'zod';
import { pageOf, pageQuery, pageRequest, renderPage, success, timeText } from '../answers.ts';
import { emailField, givenSecret, newPassword, usernameField } from '../fields.ts';
import { toMoney } from '../ledger/money.ts';
import type { Money } from '../ledger/moves.ts';
import type { UserRecord } from './users.model.ts';
import type { UserService } from './users.service.ts';
import type { UserStore } from './users.store.ts';

export interface UserRoutesOptions {
  service: UserService;
  store: UserStore;
  /** What a user has. */
  money: (userId: number) => Promise<Money>;
  operators: Access<Operator>;
}

const tag = '用户';

const registerQuery = z.object({
  username: usernameField,
  password: newPassword,
  email: emailField,
  security_question: z.string().trim().min(1).max(512),
});
const loginQuery = z.object({ username: z.string().trim().min(1).max(64), password: givenSecret });
const changePasswordQuery = z.object({
  username: z.string().trim().min(1).max(64),
  old_password: givenSecret,
  new_password: newPassword,
  security_answer: givenSecret,
});

const signedIn = success({
  user: z.object({
    id: z.int(),
    username: z.string(),
    email: z.string(),
    balance: z.number(),
    token: z.string(),
  }),
});

const userOutput = z.object({
  id: z.int(),
  username: z.string(),
  email: z.string(),
  balance: z.number(),
  frozen: z.number(),
  created_at: timeText,
});

export function userRoutes({ service, store, money, operators }: UserRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/register',
      unsafeGet: true,
      summary: '用户注册',
      tag,
      access: publicAccess,
      query: registerQuery,
      status: 201,
      output: signedIn,
      errors: ['invalid_params', 'user_already_registered', 'rate_limited'],
      async handle({ query, context }) {
        const { user, token } = await service.register(query, context);
        return { message: '用户注册成功', user: { ...renderOwn(user, await money(user._id)), token } };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/login',
      unsafeGet: true,
      summary: '用户登录',
      tag,
      access: publicAccess,
      query: loginQuery,
      output: signedIn,
      errors: ['invalid_params', 'unauthenticated', 'rate_limited', 'unavailable'],
      async handle({ query, context }) {
        const { user, token } = await service.login(query.username, query.password, context);
        return { message: '登录成功', user: { ...renderOwn(user, await money(user._id)), token } };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/change_password',
      unsafeGet: true,
      summary: '修改密码, 之前的令牌全部失效',
      tag,
      access: publicAccess,
      query: changePasswordQuery,
      output: success({}),
      errors: ['invalid_params', 'unauthenticated', 'rate_limited', 'unavailable'],
      async handle({ query, context }) {
        await service.changePassword(query, context);
        return { message: '密码修改成功' };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/test',
      summary: '测试连接',
      tag,
      access: publicAccess,
      output: success({}),
      errors: [],
      handle: () => ({ message: 'API 连接成功' }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/users',
      summary: '用户列表',
      tag: '管理',
      access: operators,
      query: z.object({ search: z.string().trim().max(64).optional(), ...pageQuery }),
      output: pageOf(userOutput),
      errors: ['invalid_params'],
      async handle({ query }) {
        const { items, total } = await store.list(query.search, pageRequest(query));
        const users = await Promise.all(items.map(async (user) => renderUser(user, await money(user._id))));
        return renderPage({ items: users, total }, query, (user) => user);
      },
    }),
  ];
}

const renderOwn = (user: UserRecord, { balance }: Money) => ({
  id: user._id,
  username: user.username,
  email: user.email,
  balance: toMoney(balance),
});

const renderUser = (user: UserRecord, money: Money) => ({
  ...renderOwn(user, money),
  frozen: toMoney(money.frozen),
  created_at: user.createdAt,
});
