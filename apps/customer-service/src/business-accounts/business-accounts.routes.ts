import { defineRoute, type Route } from '@portico/service';
import { renderPage } from '../answers.ts';
import type { UserAccess } from '../users/access.ts';
import type { BusinessAccountRecord } from './business-accounts.model.ts';
import {
  accountOutput,
  accountParams,
  accountsOutput,
  accountsQuery,
  applyBody,
  approveBody,
  profileBody,
  profileOf,
  reasonBody,
} from './business-accounts.schemas.ts';
import type { BusinessAccountService } from './business-accounts.service.ts';

export interface BusinessAccountRoutesOptions {
  service: BusinessAccountService;
  access: UserAccess;
}

const tag = '业务账号';

export function businessAccountRoutes({ service, access }: BusinessAccountRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/business-accounts/me',
      summary: '我的业务账号',
      tag,
      access: access.users,
      output: accountOutput,
      errors: ['unauthenticated', 'not_found'],
      handle: async ({ caller }) => renderAccount(await service.mine(caller)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/business-accounts/me/apply',
      summary: '申请业务账号',
      tag,
      access: access.users,
      body: applyBody,
      status: 201,
      output: accountOutput,
      errors: ['unauthenticated', 'rule_violation', 'invalid_params'],
      handle: async ({ caller, body }) => renderAccount(await service.apply(caller, profileOf(body))),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/api/business-accounts/me',
      summary: '修改我的业务账号资料',
      tag,
      access: access.users,
      body: profileBody,
      output: accountOutput,
      errors: ['unauthenticated', 'not_found', 'permission_denied', 'invalid_params'],
      handle: async ({ caller, body }) => renderAccount(await service.update(caller, profileOf(body))),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/business-accounts/:account_id',
      summary: '业务账号详情',
      tag,
      access: access.users,
      params: accountParams,
      output: accountOutput,
      errors: ['unauthenticated', 'permission_denied', 'not_found'],
      handle: async ({ caller, params }) => renderAccount(await service.get(caller, params.account_id)),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/business-accounts',
      summary: '业务账号列表',
      tag: '管理',
      access: access.operators,
      query: accountsQuery,
      output: accountsOutput,
      errors: ['invalid_params'],
      handle: async ({ query }) => renderPage(await service.list(query, query), renderAccount),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/business-accounts/:account_id/approve',
      summary: '通过申请, 分配专属邮箱和识别码',
      tag: '管理',
      access: access.operators,
      params: accountParams,
      body: approveBody,
      output: accountOutput,
      errors: ['not_found', 'rule_violation', 'conflict', 'invalid_params'],
      handle: async ({ params, body, context }) =>
        renderAccount(
          await service.approve(params.account_id, body.assigned_email, body.user_code, context.requestId),
        ),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/business-accounts/:account_id/reject',
      summary: '拒绝申请',
      tag: '管理',
      access: access.operators,
      params: accountParams,
      body: reasonBody,
      output: accountOutput,
      errors: ['not_found', 'rule_violation', 'invalid_params'],
      handle: async ({ params, body, context }) =>
        renderAccount(await service.reject(params.account_id, body.reason, context.requestId)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/business-accounts/:account_id/disable',
      summary: '禁用业务账号',
      tag: '管理',
      access: access.operators,
      params: accountParams,
      body: reasonBody,
      output: accountOutput,
      errors: ['not_found', 'rule_violation', 'invalid_params'],
      handle: async ({ params, body, context }) =>
        renderAccount(await service.disable(params.account_id, body.reason, context.requestId)),
    }),
  ];
}

const renderAccount = (account: BusinessAccountRecord) => ({
  id: String(account._id),
  owner_email: account.ownerEmail,
  status: account.status,
  assigned_email: account.assignedEmail,
  user_code: account.userCode ?? null,
  company_name: account.companyName,
  tax_number: account.taxNumber,
  certification_info: account.certificationInfo,
  communication_address: account.communicationAddress,
  contact_person_name: account.contactPersonName,
  contact_phone: account.contactPhone,
  reason: account.reason,
  is_rejected: account.isRejected,
  created_at: account.createdAt,
  updated_at: account.updatedAt,
});
