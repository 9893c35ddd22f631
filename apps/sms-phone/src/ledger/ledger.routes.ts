import type { Operator } from '@portico/auth';
import { AppError } from '@portico/envelope';
import { defineRoute, linesField, wholeNumberField, type Access, type Route } from '@portico/service';
import { z } from 'zod';
import { pageOf, pageQuery, pageRequest, renderPage, success, timeText } from '../answers.ts';
import type { Caller } from '../users/users.model.ts';
import type { LedgerService } from './ledger.service.ts';
import { amountField, toMoney } from './money.ts';
import type { Posting } from './moves.ts';

export interface LedgerRoutesOptions {
  service: LedgerService;
  users: Access<Caller>;
  operators: Access<Operator>;
  /** Users credit themselves with any amount (contract: recharge). */
  open: boolean;
}

const tag = '余额';
const maxVouchers = 1000;

const postingOutput = z.object({
  id: z.string(),
  transaction: z.string(),
  type: z.string(),
  account: z.string(),
  username: z.string().nullable(),
  amount: z.number(),
  lease_id: z.string().nullable(),
  reason: z.string().nullable(),
  at: timeText,
});

const rechargeQuery = z
  .object({ amount: amountField.optional(), voucher: z.string().trim().min(1).max(64).optional() })
  .refine(({ amount, voucher }) => (amount === undefined) !== (voucher === undefined), {
    error: '必须提供 amount 或 voucher 之一',
  });

export function ledgerRoutes({ service, users, operators, open }: LedgerRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/balance',
      unsafeGet: true,
      summary: '余额',
      tag,
      access: users,
      output: success({ username: z.string(), balance: z.number(), frozen: z.number() }),
      errors: ['unauthenticated'],
      async handle({ caller }) {
        const { balance, frozen } = await service.money(caller._id);
        return {
          message: '查询成功',
          username: caller.username,
          balance: toMoney(balance),
          frozen: toMoney(frozen),
        };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/recharge',
      unsafeGet: true,
      summary: '充值: 充值券, 或开发环境下的任意金额',
      tag,
      access: users,
      query: rechargeQuery,
      output: success({ username: z.string(), balance: z.number() }),
      errors: ['unauthenticated', 'invalid_params', 'permission_denied', 'rule_violation'],
      async handle({ caller, query: { amount, voucher } }) {
        if (voucher !== undefined) {
          await service.redeem(caller, voucher);
        } else if (amount !== undefined) {
          if (!open) throw new AppError('permission_denied', { message: '请使用充值券充值' });
          await service.recharge(caller, amount);
        }
        const { balance } = await service.money(caller._id);
        return { message: '充值成功', username: caller.username, balance: toMoney(balance) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/statement',
      unsafeGet: true,
      summary: '账单, 最近的在前',
      tag,
      access: users,
      query: z.object(pageQuery),
      output: pageOf(postingOutput),
      errors: ['unauthenticated', 'invalid_params'],
      handle: async ({ caller, query }) =>
        renderPage(await service.statement(caller._id, pageRequest(query)), query, renderPosting),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/vouchers',
      summary: '生成充值券, 仅此一次显示',
      tag: '管理',
      access: operators,
      body: z.object({
        amount: amountField,
        count: wholeNumberField(1, maxVouchers, `count 必须是 1 到 ${maxVouchers} 的整数`),
      }),
      output: success({ amount: z.number(), codes: z.array(z.string()) }),
      errors: ['invalid_params'],
      async handle({ caller, body: { amount, count } }) {
        const codes = await service.makeVouchers(amount, count, caller.id);
        return { message: `已生成 ${count} 张充值券`, amount: toMoney(amount), codes };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/users/:username/grant',
      summary: '给用户充值; 带 Idempotency-Key 重复的请求只计一次',
      tag: '管理',
      access: operators,
      params: z.object({ username: z.string().max(64) }),
      body: z.object({ amount: amountField, reason: linesField(1, 500) }),
      output: success({ username: z.string(), balance: z.number() }),
      errors: ['not_found', 'invalid_params'],
      async handle({ params: { username }, body, context }) {
        const key = context.request.headers['idempotency-key'];
        const name = typeof key === 'string' ? key : undefined;
        const user = await service.grant(username, body.amount, body.reason, name);
        const { balance } = await service.money(user._id);
        return { message: '充值成功', username: user.username, balance: toMoney(balance) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/ledger',
      summary: '总账, 每笔两行, 合计为零',
      tag: '管理',
      access: operators,
      query: z.object({ username: z.string().trim().max(64).optional(), ...pageQuery }),
      output: pageOf(postingOutput),
      errors: ['invalid_params'],
      handle: async ({ query }) =>
        renderPage(await service.list(query.username || undefined, pageRequest(query)), query, renderPosting),
    }),
  ];
}

const renderPosting = (posting: Posting) => ({
  id: posting._id,
  transaction: posting.transaction,
  type: posting.type,
  account: posting.account,
  username: posting.username,
  amount: toMoney(posting.amount),
  lease_id: posting.lease ?? null,
  reason: posting.reason ?? null,
  at: posting.at,
});
