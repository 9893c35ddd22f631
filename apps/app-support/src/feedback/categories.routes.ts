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
import { idField, lineRequired, typed } from '../fields.ts';
import type { OrderedStore } from '../ordered/ordered.store.ts';
import type { User } from '../users/access.ts';
import type { CategoryRecord } from './categories.model.ts';

/** Document 004, feedback_category; `position` is ours. */
const category = z.object({
  ...commonMembers,
  name: z.string(),
  description: z.string(),
  position: z.int(),
});
const query = z.object(pageQuery);
const params = z.object({ id: idField('id') });
const optionalMembers = {
  description: typed(500).optional(),
  position: wholeNumberField(0, 1_000_000, 'position 必须是 0 到 1000000 的整数').optional(),
};
const createBody = z.object({ name: lineRequired(64), ...optionalMembers });
const updateBody = z.object({ name: lineRequired(64).optional(), ...optionalMembers });

export interface CategoryRoutesOptions {
  store: OrderedStore<CategoryRecord>;
  users: Access<User>;
  operators: Access<Operator>;
  clock: Clock;
}

export function categoryRoutes({ store, users, clock }: CategoryRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/feedback_category',
      summary: '反馈类型列表',
      tag: '反馈',
      access: users,
      query,
      output: pageOf(category),
      errors: ['unauthenticated', 'invalid_params'],
      handle: async ({ query }) =>
        renderPage(await store.list(pageRequest(query)), query, (entry) => render(entry, clock)),
    }),
  ];
}

export function categoryAdminRoutes({ store, operators, clock }: CategoryRoutesOptions): Route[] {
  const tag = '管理';
  return [
    defineRoute({
      method: 'GET',
      path: '/api/admin/feedback_category',
      summary: '反馈类型列表',
      tag,
      access: operators,
      query,
      output: pageOf(category),
      errors: ['invalid_params'],
      handle: async ({ query }) =>
        renderPage(await store.list(pageRequest(query)), query, (entry) => render(entry, clock)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/feedback_category',
      summary: '新增反馈类型',
      tag,
      access: operators,
      body: createBody,
      output: success(category),
      errors: ['invalid_params'],
      handle: async ({ body: { description = '', ...body } }) =>
        render(await store.create({ ...body, description }), clock),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/admin/feedback_category/:id',
      summary: '修改反馈类型, 未给出的字段保持不变',
      tag,
      access: operators,
      params,
      body: updateBody,
      output: success(category),
      errors: ['invalid_params', 'not_found'],
      async handle({ params, body }) {
        const changed = await store.update(params.id, body);
        if (!changed) throw new AppError('not_found');
        return render(changed, clock);
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/admin/feedback_category/:id',
      summary: '删除反馈类型; 已有的反馈保留其类型ID',
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

function render(entry: CategoryRecord, clock: Clock) {
  return {
    id: entry._id,
    app_id: '',
    created_at: clock.format(entry.createdAt),
    updated_at: clock.format(entry.updatedAt),
    name: entry.name,
    description: entry.description,
    position: entry.position,
  };
}
