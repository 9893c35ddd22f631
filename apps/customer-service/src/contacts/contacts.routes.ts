import { defineRoute, publicAccess, type Route } from '@portico/service';
import { z } from 'zod';
import { pageOf, renderPage, timeText } from '../answers.ts';
import { longText, notEmpty, operatorQuery, pageQuery, line, typedOrNull } from '../fields.ts';
import type { UserAccess } from '../users/access.ts';
import type { ContactRecord } from './contacts.model.ts';
import type { ContactService } from './contacts.service.ts';

export interface ContactRoutesOptions {
  service: ContactService;
  access: UserAccess;
}

const contactBody = z.object({
  name: line(100),
  // Not checked (document 003, section 6.1), and never used as an address.
  email: z.string().trim().min(1).max(254),
  message: longText(5000),
  turnstileToken: z.string().min(1).max(2048),
});

const contactParams = z.object({ id: z.string() });

const contactsQuery = z.object({
  ...pageQuery(),
  ...operatorQuery,
  is_processed: z.stringbool().optional(),
});

const updateBody = z
  .object({ is_processed: z.boolean().optional(), admin_notes: typedOrNull(5000).optional() })
  .refine(notEmpty, '未提供任何需要更新的字段');

const contactOutput = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  message: z.string(),
  is_processed: z.boolean(),
  admin_notes: z.string().nullable(),
  created_at: timeText,
});

export function contactRoutes({ service, access }: ContactRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/owa/info',
      summary: '提交联系表单',
      tag: '联系我们',
      access: publicAccess,
      body: contactBody,
      status: 201,
      output: contactOutput,
      errors: ['rule_violation', 'invalid_params', 'unavailable'],
      async handle({ body: { turnstileToken, ...form }, context }) {
        return renderContact(await service.submit(form, turnstileToken, context));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/contacts',
      summary: '联系记录列表',
      tag: '管理',
      access: access.operators,
      query: contactsQuery,
      output: pageOf(contactOutput),
      errors: ['invalid_params'],
      handle: async ({ query }) => renderPage(await service.list(query, query), renderContact),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/api/admin/contacts/:id',
      summary: '标记联系记录为已处理, 或写备注',
      tag: '管理',
      access: access.operators,
      params: contactParams,
      body: updateBody,
      output: contactOutput,
      errors: ['not_found', 'invalid_params'],
      async handle({ params, body }) {
        const change = {
          ...(body.is_processed !== undefined && { isProcessed: body.is_processed }),
          ...(body.admin_notes !== undefined && { adminNotes: body.admin_notes }),
        };
        return renderContact(await service.update(params.id, change));
      },
    }),
  ];
}

const renderContact = (contact: ContactRecord) => ({
  id: String(contact._id),
  name: contact.name,
  email: contact.email,
  message: contact.message,
  is_processed: contact.isProcessed,
  admin_notes: contact.adminNotes,
  created_at: contact.createdAt,
});
