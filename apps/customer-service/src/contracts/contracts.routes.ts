import { defineRoute, type Route } from '@portico/service';
import { z } from 'zod';
import { noOutput, pageOf, renderPage, timeText } from '../answers.ts';
import { emailField, longText, notEmpty, operatorQuery, pageQuery, line } from '../fields.ts';
import { plainHtml } from '../markdown/plain-html.ts';
import type { UserAccess } from '../users/access.ts';
import type { ContractRecord, SigningEvent } from './contracts.model.ts';
import type { ContractService } from './contracts.service.ts';

export interface ContractRoutesOptions {
  service: ContractService;
  access: UserAccess;
}

const maxText = 200_000;
/** The text at its longest, in UTF-8 and escaped. */
const textBytes = 2 * 1024 * 1024;

const title = line(200);
const content = longText(maxText);

const contractParams = z.object({ contract_id: z.string() });
const signBody = z.object({ is_signed: z.boolean() });
const newContractBody = z.object({ owner_email: emailField, title, content_markdown: content });
const updateBody = z
  .object({ title: title.optional(), content_markdown: content.optional() })
  .refine(notEmpty, '未提供任何需要更新的字段');
const contractsQuery = z.object({ ...pageQuery(), ...operatorQuery, owner_email: emailField.optional() });

const contractOutput = z.object({
  id: z.string(),
  owner_email: z.string(),
  title: z.string(),
  content_markdown: z.string(),
  content_html: z.string(),
  is_signed: z.boolean(),
  created_at: timeText,
  updated_at: timeText.nullable(),
});

const eventOutput = z.object({
  is_signed: z.boolean(),
  user_id: z.string(),
  email: z.string(),
  ip: z.string(),
  user_agent: z.string(),
  sha256: z.string(),
  at: timeText,
});

export function contractRoutes({ service, access }: ContractRoutesOptions): Route[] {
  const tag = '合同';
  return [
    defineRoute({
      method: 'GET',
      path: '/api/contracts/me',
      summary: '我的合同列表',
      tag,
      access: access.users,
      query: z.object(pageQuery()),
      output: pageOf(contractOutput),
      errors: ['unauthenticated', 'invalid_params'],
      handle: async ({ caller, query }) => renderPage(await service.listOwn(caller, query), renderContract),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/contracts/:contract_id',
      summary: '合同详情',
      tag,
      access: access.users,
      params: contractParams,
      output: contractOutput,
      errors: ['unauthenticated', 'permission_denied', 'not_found'],
      handle: async ({ caller, params }) => renderContract(await service.get(caller, params.contract_id)),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/api/contracts/:contract_id/sign-status',
      summary: '更新合同的签署状态',
      tag,
      access: access.users,
      params: contractParams,
      body: signBody,
      output: contractOutput,
      errors: ['unauthenticated', 'permission_denied', 'not_found', 'invalid_params'],
      handle: async ({ caller, params, body, context }) =>
        renderContract(await service.sign(caller, params.contract_id, body.is_signed, context)),
    }),
    ...contractAdminRoutes({ service, access }),
  ];
}

function contractAdminRoutes({ service, access }: ContractRoutesOptions): Route[] {
  const tag = '管理';
  return [
    defineRoute({
      method: 'GET',
      path: '/api/admin/contracts',
      summary: '全部合同',
      tag,
      access: access.operators,
      query: contractsQuery,
      output: pageOf(contractOutput),
      errors: ['invalid_params'],
      handle: async ({ query }) => renderPage(await service.list(query, query), renderContract),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/contracts',
      summary: '为客户创建合同',
      tag,
      access: access.operators,
      body: newContractBody,
      bodyLimit: textBytes,
      status: 201,
      output: contractOutput,
      errors: ['invalid_params'],
      handle: async ({ body }) =>
        renderContract(await service.create(body.owner_email, body.title, body.content_markdown)),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/admin/contracts/:contract_id',
      summary: '修改未签署的合同',
      tag,
      access: access.operators,
      params: contractParams,
      body: updateBody,
      bodyLimit: textBytes,
      output: contractOutput,
      errors: ['not_found', 'rule_violation', 'invalid_params'],
      async handle({ params, body: { title: newTitle, content_markdown: contentMarkdown } }) {
        const text = {
          ...(newTitle !== undefined && { title: newTitle }),
          ...(contentMarkdown !== undefined && { contentMarkdown }),
        };
        return renderContract(await service.update(params.contract_id, text));
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/admin/contracts/:contract_id',
      summary: '删除未签署的合同',
      tag,
      access: access.operators,
      params: contractParams,
      status: 204,
      output: noOutput,
      errors: ['not_found', 'rule_violation'],
      handle: ({ params }) => service.remove(params.contract_id),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/contracts/:contract_id/events',
      summary: '签署记录, 最近的在前',
      tag,
      access: access.operators,
      params: contractParams,
      query: z.object(pageQuery(100)),
      output: pageOf(eventOutput),
      errors: ['not_found', 'invalid_params'],
      handle: async ({ params, query }) =>
        renderPage(await service.events(params.contract_id, query), renderEvent),
    }),
  ];
}

const renderContract = (contract: ContractRecord) => ({
  id: String(contract._id),
  owner_email: contract.ownerEmail,
  title: contract.title,
  content_markdown: contract.contentMarkdown,
  content_html: contract.contentHtml ?? plainHtml(contract.contentMarkdown),
  is_signed: contract.isSigned,
  created_at: contract.createdAt,
  updated_at: contract.updatedAt,
});

const renderEvent = (event: SigningEvent) => ({
  is_signed: event.isSigned,
  user_id: event.userId,
  email: event.email,
  ip: event.ip,
  user_agent: event.userAgent,
  sha256: event.sha256,
  at: event.at,
});
