import type { Operator } from '@portico/auth';
import { invalidField } from '@portico/envelope';
import { defineRoute, type Access, type Route } from '@portico/service';
import { pageRequest, renderPage } from '../answers.ts';
import type { Clock } from '../clock.ts';
import type { Managers } from '../managers/managers.ts';
import { pushScope, type PushRecord } from './pushes.model.ts';
import { renderPush } from './pushes.routes.ts';
import { logQuery, pushBody, pushesOutput, pushOutput, pushParams } from './pushes.schemas.ts';
import type { PushService } from './pushes.service.ts';

export interface PushAdminRoutesOptions {
  service: PushService;
  managers: Managers;
  operators: Access<Operator>;
  clock: Clock;
}

const tag = '管理';

export function pushAdminRoutes({ service, managers, operators, clock }: PushAdminRoutesOptions): Route[] {
  function timeOf(scheduledAt: string | null | undefined): Date | null {
    if (!scheduledAt) return null;
    const time = clock.parse(scheduledAt);
    if (!time) throw invalidField('scheduled_at', 'scheduled_at 的格式应为 YYYY-MM-DD HH:mm:ss');
    return time;
  }

  return [
    defineRoute({
      method: 'GET',
      path: '/api/admin/push',
      summary: '推送列表及发送结果',
      tag,
      access: operators,
      query: logQuery,
      output: pushesOutput,
      errors: ['invalid_params'],
      handle: async ({ query }) =>
        renderPage(await service.list(pageRequest(query)), query, (push) => renderForOperators(push, clock)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/push',
      summary: '新建推送: 全部用户或指定用户, 立即或定时',
      tag,
      access: operators,
      body: pushBody,
      // 10,000 ids of users.
      bodyLimit: 256 * 1024,
      output: pushOutput,
      errors: ['invalid_params'],
      async handle({ caller, body, context }) {
        const push = await service.compose({
          title: body.push_title,
          body: body.push_body,
          scope: body.push_scope,
          userIds: body.user_ids ?? [],
          scheduledAt: timeOf(body.scheduled_at),
          managerId: await managers.idOf(caller.id),
          requestId: context.requestId,
        });
        return renderForOperators(push, clock);
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/push/:id',
      summary: '推送详情及发送结果',
      tag,
      access: operators,
      params: pushParams,
      output: pushOutput,
      errors: ['not_found'],
      handle: async ({ params }) => renderForOperators(await service.find(params.id), clock),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/push/:id/cancel',
      summary: '取消推送, 停止尚未发出的部分',
      tag,
      access: operators,
      params: pushParams,
      output: pushOutput,
      errors: ['not_found', 'rule_violation'],
      handle: async ({ params }) => renderForOperators(await service.cancel(params.id), clock),
    }),
  ];
}

function renderForOperators(push: PushRecord, clock: Clock) {
  return {
    ...renderPush(push, clock),
    push_status: push.status,
    user_ids: push.scope === pushScope.users ? push.audience : [],
    scheduled_at: push.scheduledAt ? clock.format(push.scheduledAt) : null,
    published_at: push.publishedAt ? clock.format(push.publishedAt) : null,
    ...push.counts,
  };
}
