import { defineRoute, type Route } from '@portico/service';
import { noOutput, renderPage } from '../answers.ts';
import { renderLink, renderProject, renderTask } from './projects.render.ts';
import type { ProjectRoutesOptions } from './projects.routes.ts';
import {
  linkBody,
  linkOutput,
  linkParams,
  newProjectBody,
  projectBody,
  projectOutput,
  projectParams,
  projectsOutput,
  projectsQuery,
  taskBody,
  taskOutput,
  taskParams,
  taskUpdateBody,
} from './projects.schemas.ts';

const tag = '管理';
/** An overview at its longest, in UTF-8 and escaped. */
const textBytes = 2 * 1024 * 1024;

/** What operators do with projects. Fixed segments stand before ids. */
export function projectAdminRoutes({ service, access: { operators } }: ProjectRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/admin/projects',
      summary: '全部项目',
      tag,
      access: operators,
      query: projectsQuery,
      output: projectsOutput,
      errors: ['invalid_params'],
      handle: async ({ query }) => renderPage(await service.list(query, query), renderProject),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/projects',
      summary: '为客户创建项目',
      tag,
      access: operators,
      body: newProjectBody,
      bodyLimit: textBytes,
      status: 201,
      output: projectOutput,
      errors: ['invalid_params'],
      async handle({ body: { owner_email: owner, name, description, overview_markdown: overviewMarkdown } }) {
        return renderProject(await service.create(owner, { name, description, overviewMarkdown }));
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/admin/projects/links/:link_id',
      summary: '删除项目链接',
      tag,
      access: operators,
      params: linkParams,
      status: 204,
      output: noOutput,
      errors: ['not_found'],
      handle: ({ params }) => service.removeLink(params.link_id),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/api/admin/projects/tasks/:task_id',
      summary: '修改项目任务',
      tag,
      access: operators,
      params: taskParams,
      body: taskUpdateBody,
      output: taskOutput,
      errors: ['not_found', 'invalid_params'],
      handle: async ({ params, body }) => renderTask(await service.updateTask(params.task_id, given(body))),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/admin/projects/tasks/:task_id',
      summary: '删除项目任务',
      tag,
      access: operators,
      params: taskParams,
      status: 204,
      output: noOutput,
      errors: ['not_found'],
      handle: ({ params }) => service.removeTask(params.task_id),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/admin/projects/:project_id',
      summary: '修改项目',
      tag,
      access: operators,
      params: projectParams,
      body: projectBody,
      bodyLimit: textBytes,
      output: projectOutput,
      errors: ['not_found', 'invalid_params'],
      async handle({ params, body: { overview_markdown: overviewMarkdown, ...rest } }) {
        return renderProject(await service.update(params.project_id, given({ ...rest, overviewMarkdown })));
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/admin/projects/:project_id',
      summary: '删除项目',
      tag,
      access: operators,
      params: projectParams,
      status: 204,
      output: noOutput,
      errors: ['not_found'],
      handle: ({ params }) => service.remove(params.project_id),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/projects/:project_id/links',
      summary: '添加项目链接',
      tag,
      access: operators,
      params: projectParams,
      body: linkBody,
      status: 201,
      output: linkOutput,
      errors: ['not_found', 'invalid_params'],
      handle: async ({ params, body }) => renderLink(await service.addLink(params.project_id, body)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/projects/:project_id/tasks',
      summary: '添加项目任务',
      tag,
      access: operators,
      params: projectParams,
      body: taskBody,
      status: 201,
      output: taskOutput,
      errors: ['not_found', 'invalid_params'],
      handle: async ({ params, body }) => renderTask(await service.addTask(params.project_id, body)),
    }),
  ];
}

/** The members that were given: `undefined` leaves, `null` clears. */
function given<Members extends object>(members: Members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Members]?: Exclude<Members[Name], undefined>;
  };
}
