import type { Operator } from '@portico/auth';
import { AppError } from '@portico/envelope';
import { defineRoute, type Access, type Route } from '@portico/service';
import { pageRequest, renderPage } from '../answers.ts';
import type { Clock } from '../clock.ts';
import type { Managers } from '../managers/managers.ts';
import { renderForOperators, renderReply } from './feedback.render.ts';
import {
  adminFeedbackOutput,
  adminListOutput,
  adminListQuery,
  feedbackParams,
  replyBody,
  replyOutput,
  statusBody,
} from './feedback.schemas.ts';
import type { FeedbackService } from './feedback.service.ts';
import type { FeedbackStore } from './feedback.store.ts';

export interface FeedbackAdminRoutesOptions {
  service: FeedbackService;
  store: FeedbackStore;
  managers: Managers;
  operators: Access<Operator>;
  clock: Clock;
}

const tag = '管理';

export function feedbackAdminRoutes(options: FeedbackAdminRoutesOptions): Route[] {
  const { service, store, managers, operators, clock } = options;
  return [
    defineRoute({
      method: 'GET',
      path: '/api/admin/feedback',
      summary: '反馈列表, 可按状态筛选',
      tag,
      access: operators,
      query: adminListQuery,
      output: adminListOutput,
      errors: ['invalid_params'],
      handle: async ({ query }) =>
        renderPage(await store.list(query.feedback_status, pageRequest(query)), query, (feedback) =>
          renderForOperators(feedback, clock),
        ),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/feedback/:id/reply',
      summary: '回复反馈',
      tag,
      access: operators,
      params: feedbackParams,
      body: replyBody,
      output: replyOutput,
      errors: ['invalid_params', 'not_found', 'rule_violation'],
      async handle({ caller, params, body, context }) {
        const managerId = await managers.idOf(caller.id);
        const reply = await service.reply(params.id, managerId, body.reply_content, context);
        return renderReply(reply, params.id, clock);
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/admin/feedback/:id',
      summary: '修改反馈状态',
      tag,
      access: operators,
      params: feedbackParams,
      body: statusBody,
      output: adminFeedbackOutput,
      errors: ['invalid_params', 'not_found'],
      async handle({ params, body }) {
        const feedback = await store.setStatus(params.id, body.feedback_status);
        if (!feedback) throw new AppError('not_found');
        return renderForOperators(feedback, clock);
      },
    }),
  ];
}
