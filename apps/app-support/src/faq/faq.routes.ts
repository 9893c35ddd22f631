import type { Operator } from '@portico/auth';
import { AppError } from '@portico/envelope';
import { defineRoute, wholeNumberField, type Access, type Route } from '@portico/service';
import { z } from 'zod';
import {
  commonMembers,
  emptySuccess,
  pageOf,
  pageQuery,
  pageRequest,
  renderPage,
  success,
} from '../answers.ts';
import type { Clock } from '../clock.ts';
import { idField, line, lineRequired, typedRequired } from '../fields.ts';
import type { OrderedStore } from '../ordered/ordered.store.ts';
import type { User } from '../users/access.ts';
import type { FaqRecord } from './faq.model.ts';

/** Document 004, faq; `position` is ours. */
const faq = z.object({
  ...commonMembers,
  title: z.string(),
  content: z.string(),
  category: z.string(),
  external_link: z.string(),
  position: z.int(),
});
const query = z.object(pageQuery);
const params = z.object({ id: idField('id') });
const externalLink = z.union([z.literal(''), z.url({ protocol: /^https?$/ })]);
const optionalMembers = {
  category: line(64).optional(),
  external_link: z.string().trim().max(2048).pipe(externalLink).optional(),
  position: wholeNumberField(0, 1_000_000, 'position 必须是 0 到 1000000 的整数').optional(),
};
const createBody = z.object({
  title: lineRequired(200),
  content: typedRequired(20_000),
  ...optionalMembers,
});
const updateBody = z.object({
  title: lineRequired(200).optional(),
  content: typedRequired(20_000).optional(),
  ...optionalMembers,
});

export interface FaqRoutesOptions {
  store: OrderedStore<FaqRecord>;
  users: Access<User>;
  operators: Access<Operator>;
  clock: Clock;
}

export function faqRoutes({ store, users, clock }: FaqRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/faq',
      summary: '常见问题列表',
      tag: '常见问题',
      access: users,
      query,
      output: pageOf(faq),
      errors: ['unauthenticated', 'invalid_params'],
      handle: async ({ query }) =>
        renderPage(await store.list(pageRequest(query)), query, (entry) => render(entry, clock)),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/faq/:id',
      summary: '常见问题详情',
      tag: '常见问题',
      access: users,
      params,
      output: success(faq),
      errors: ['unauthenticated', 'not_found'],
      handle: async ({ params }) => render(found(await store.find(params.id)), clock),
    }),
  ];
}

export function faqAdminRoutes({ store, operators, clock }: FaqRoutesOptions): Route[] {
  const tag = '管理';
  return [
    defineRoute({
      method: 'GET',
      path: '/api/admin/faq',
      summary: '常见问题列表',
      tag,
      access: operators,
      query,
      output: pageOf(faq),
      errors: ['invalid_params'],
      handle: async ({ query }) =>
        renderPage(await store.list(pageRequest(query)), query, (entry) => render(entry, clock)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/faq',
      summary: '新增常见问题',
      tag,
      access: operators,
      body: createBody,
      output: success(faq),
      errors: ['invalid_params'],
      async handle({ body: { external_link: externalLink = '', category = '', ...body } }) {
        return render(await store.create({ ...body, category, externalLink }), clock);
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/admin/faq/:id',
      summary: '修改常见问题, 未给出的字段保持不变',
      tag,
      access: operators,
      params,
      body: updateBody,
      output: success(faq),
      errors: ['invalid_params', 'not_found'],
      async handle({ params, body: { external_link: externalLink, ...body } }) {
        const change = { ...body, ...(externalLink !== undefined && { externalLink }) };
        return render(found(await store.update(params.id, change)), clock);
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/admin/faq/:id',
      summary: '删除常见问题',
      tag,
      access: operators,
      params,
      output: emptySuccess,
      errors: ['not_found'],
      async handle({ params }) {
        if (!(await store.remove(params.id))) throw new AppError('not_found');
      },
    }),
  ];
}

function found(entry: FaqRecord | null): FaqRecord {
  if (!entry) throw new AppError('not_found');
  return entry;
}

function render(entry: FaqRecord, clock: Clock) {
  return {
    id: entry._id,
    app_id: '',
    created_at: clock.format(entry.createdAt),
    updated_at: clock.format(entry.updatedAt),
    title: entry.title,
    content: entry.content,
    category: entry.category,
    external_link: entry.externalLink,
    position: entry.position,
  };
}
