import type { Operator } from '@portico/auth';
import { AppError } from '@portico/envelope';
import { defineRoute, lineField, type Access, type Route } from '@portico/service';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { pageOf, pageQuery, pageRequest, renderPage, success } from '../answers.ts';
import { projectIdField } from '../fields.ts';
import { amountField, toMoney } from '../ledger/money.ts';
import type { Caller } from '../users/users.model.ts';
import type { ProjectRecord } from './projects.model.ts';
import type { ProjectStore } from './projects.store.ts';

export interface ProjectRoutesOptions {
  store: ProjectStore;
  users: Access<Caller>;
  operators: Access<Operator>;
}

const name = lineField(1, 100);
const words = z.array(lineField(1, 100)).max(50);
const pattern = z
  .string()
  .max(200)
  .refine(isPattern, 'pattern 不是有效的正则表达式 (RE2)')
  .nullable()
  .transform((text) => text || null);

const newProjectBody = z.object({
  project_id: projectIdField,
  name,
  amount: amountField,
  signatures: words.default([]),
  senders: words.default([]),
  pattern: pattern.default(null),
});
const projectBody = z
  .object({
    name: name.optional(),
    amount: amountField.optional(),
    signatures: words.optional(),
    senders: words.optional(),
    pattern: pattern.optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), '没有需要更新的字段');

const searchQuery = z
  .object({
    project_id: projectIdField.or(z.literal('')).optional(),
    name: z.string().trim().max(100).optional(),
  })
  .refine(({ project_id: id, name: text }) => Boolean(id) || Boolean(text), {
    error: '必须提供 project_id 或 name',
  });

const shortOutput = z.object({ project_id: z.string(), name: z.string(), amount: z.number() });
const projectOutput = shortOutput.extend({
  signatures: z.array(z.string()),
  senders: z.array(z.string()),
  pattern: z.string().nullable(),
});

export function projectRoutes({ store, users, operators }: ProjectRoutesOptions): Route[] {
  const tag = '管理';
  return [
    defineRoute({
      method: 'GET',
      path: '/api/search_projects',
      unsafeGet: true,
      summary: '查询项目及其价格',
      tag: '项目',
      access: users,
      query: searchQuery,
      output: success({ projects: z.array(shortOutput) }),
      errors: ['unauthenticated', 'invalid_params'],
      async handle({ query }) {
        const found = await store.search({
          id: query.project_id || undefined,
          name: query.name || undefined,
        });
        return { message: '查询成功', projects: found.map(renderShort) };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/projects',
      summary: '新建项目',
      tag,
      access: operators,
      body: newProjectBody,
      status: 201,
      output: success({ project: projectOutput }),
      errors: ['invalid_params', 'conflict'],
      async handle({ body: { project_id: id, ...members } }) {
        const project = await store.create(id, members);
        if (!project) throw new AppError('conflict', { message: '项目已存在' });
        return { message: '项目已创建', project: renderProject(project) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/projects',
      summary: '项目列表',
      tag,
      access: operators,
      query: z.object(pageQuery),
      output: pageOf(projectOutput),
      errors: ['invalid_params'],
      handle: async ({ query }) => renderPage(await store.list(pageRequest(query)), query, renderProject),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/admin/projects/:project_id',
      summary: '修改项目, 未给出的字段保持不变',
      tag,
      access: operators,
      params: z.object({ project_id: z.string() }),
      body: projectBody,
      output: success({ project: projectOutput }),
      errors: ['not_found', 'invalid_params'],
      async handle({ params, body }) {
        const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
        const project = await store.update(params.project_id, given);
        if (!project) throw new AppError('not_found', { message: '项目不存在' });
        return { message: '项目已更新', project: renderProject(project) };
      },
    }),
  ];
}

function isPattern(text: string): boolean {
  try {
    RE2JS.compile(text);
    return true;
  } catch {
    return false;
  }
}

const renderShort = (project: ProjectRecord) => ({
  project_id: project._id,
  name: project.name,
  amount: toMoney(project.amount),
});

const renderProject = (project: ProjectRecord) => ({
  ...renderShort(project),
  signatures: project.signatures,
  senders: project.senders,
  pattern: project.pattern,
});
