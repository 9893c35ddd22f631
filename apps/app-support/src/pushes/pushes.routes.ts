import { defineRoute, type Access, type Route } from '@portico/service';
import { emptySuccess, pageRequest, renderPage } from '../answers.ts';
import type { Clock } from '../clock.ts';
import type { User } from '../users/access.ts';
import type { PushLog } from './push-log.service.ts';
import { pushStatus, type PushRecord } from './pushes.model.ts';
import { hideBody, hideQuery, logEntryOutput, logOutput, logQuery, pushParams } from './pushes.schemas.ts';

export interface PushLogRoutesOptions {
  log: PushLog;
  users: Access<User>;
  clock: Clock;
}

const tag = '推送';

export function pushLogRoutes({ log, users, clock }: PushLogRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/push/log',
      summary: '推送记录, 注册以来的推送',
      tag,
      access: users,
      query: logQuery,
      output: logOutput,
      errors: ['unauthenticated', 'invalid_params'],
      handle: async ({ caller, query }) =>
        renderPage(await log.list(caller.id, pageRequest(query)), query, (push) =>
          renderLogEntry(push, clock),
        ),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/push/log/:id',
      summary: '推送详情',
      tag,
      access: users,
      params: pushParams,
      output: logEntryOutput,
      errors: ['unauthenticated', 'not_found'],
      handle: async ({ caller, params }) => renderLogEntry(await log.find(caller.id, params.id), clock),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/push/log/delete',
      summary: '清空自己的推送记录, 或隐藏 ids 指定的推送; 不影响其他用户',
      tag,
      access: users,
      query: hideQuery,
      body: hideBody,
      output: emptySuccess,
      errors: ['unauthenticated', 'invalid_params'],
      async handle({ caller, query, body }) {
        const ids = query.ids ?? body?.ids;
        await (ids ? log.hide(caller.id, ids) : log.clear(caller.id));
      },
    }),
  ];
}

/** A push as users see it: whatever they see has been published. */
function renderLogEntry(push: PushRecord, clock: Clock) {
  return { ...renderPush(push, clock), push_status: pushStatus.sent };
}

/** What users and operators see of a push. */
export function renderPush(push: PushRecord, clock: Clock) {
  return {
    id: push._id,
    app_id: '',
    created_at: clock.format(push.createdAt),
    updated_at: clock.format(push.updatedAt),
    push_title: push.title,
    push_body: push.body,
    push_scope: push.scope,
    manager_id: push.managerId,
  };
}
