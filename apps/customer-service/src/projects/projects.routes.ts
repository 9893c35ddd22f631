import { defineRoute, type Route } from '@portico/service';
import { renderPage } from '../answers.ts';
import type { UserAccess } from '../users/access.ts';
import { renderLink, renderProject, renderTask } from './projects.render.ts';
import {
  linksOutput,
  linksQuery,
  ownProjectsQuery,
  projectOutput,
  projectParams,
  projectsOutput,
  tasksOutput,
  tasksQuery,
} from './projects.schemas.ts';
import type { ProjectService } from './projects.service.ts';

export interface ProjectRoutesOptions {
  service: ProjectService;
  access: UserAccess;
}

const tag = '项目';

export function projectRoutes({ service, access }: ProjectRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/projects/me',
      summary: '我的项目列表',
      tag,
      access: access.users,
      query: ownProjectsQuery,
      output: projectsOutput,
      errors: ['unauthenticated', 'invalid_params'],
      handle: async ({ caller, query }) => renderPage(await service.listOwn(caller, query), renderProject),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/projects/:project_id',
      summary: '项目详情',
      tag,
      access: access.users,
      params: projectParams,
      output: projectOutput,
      errors: ['unauthenticated', 'permission_denied', 'not_found'],
      handle: async ({ caller, params }) => renderProject(await service.own(caller, params.project_id)),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/projects/:project_id/links',
      summary: '项目链接列表',
      tag,
      access: access.users,
      params: projectParams,
      query: linksQuery,
      output: linksOutput,
      errors: ['unauthenticated', 'permission_denied', 'not_found', 'invalid_params'],
      handle: async ({ caller, params, query }) =>
        renderPage(await service.listLinks(caller, params.project_id, query), renderLink),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/projects/:project_id/tasks',
      summary: '项目任务列表',
      tag,
      access: access.users,
      params: projectParams,
      query: tasksQuery,
      output: tasksOutput,
      errors: ['unauthenticated', 'permission_denied', 'not_found', 'invalid_params'],
      handle: async ({ caller, params, query }) =>
        renderPage(await service.listTasks(caller, params.project_id, query.status, query), renderTask),
    }),
  ];
}
