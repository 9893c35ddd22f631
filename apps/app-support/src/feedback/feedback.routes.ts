import { AppError } from '@portico/envelope';
import { defineRoute, type Access, type Route } from '@portico/service';
import { emptySuccess, pageRequest, renderPage } from '../answers.ts';
import type { Clock } from '../clock.ts';
import type { User } from '../users/access.ts';
import { renderFeedback, renderReply } from './feedback.render.ts';
import {
  feedbackBody,
  feedbackListOutput,
  feedbackOutput,
  feedbackParams,
  listQuery,
  repliesOutput,
  replyParams,
} from './feedback.schemas.ts';
import type { FeedbackService } from './feedback.service.ts';
import type { FeedbackStore } from './feedback.store.ts';

export interface FeedbackRoutesOptions {
  service: FeedbackService;
  store: FeedbackStore;
  users: Access<User>;
  clock: Clock;
}

const tag = '反馈';

export function feedbackRoutes({ service, store, users, clock }: FeedbackRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/feedback',
      summary: '提交反馈',
      tag,
      access: users,
      body: feedbackBody,
      output: feedbackOutput,
      errors: ['unauthenticated', 'invalid_params'],
      async handle({ caller, body }) {
        const feedback = await service.create(caller.id, {
          content: body.feedback_content,
          categoryId: body.feedback_category_id ?? null,
          contactPhone: body.contact_phone ?? '',
        });
        return renderFeedback(feedback, clock);
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/feedback',
      summary: '我的反馈列表',
      tag,
      access: users,
      query: listQuery,
      output: feedbackListOutput,
      errors: ['unauthenticated', 'invalid_params'],
      handle: async ({ caller, query }) =>
        renderPage(await store.listOf(caller.id, pageRequest(query)), query, (feedback) =>
          renderFeedback(feedback, clock),
        ),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/feedback/:id',
      summary: '删除反馈',
      tag,
      access: users,
      params: feedbackParams,
      output: emptySuccess,
      errors: ['unauthenticated', 'not_found'],
      async handle({ caller, params }) {
        if (!(await store.remove(caller.id, params.id))) throw new AppError('not_found');
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/feedback/reply/:feedback_id',
      summary: '反馈的最新回复, 并标记为已读',
      tag,
      access: users,
      params: replyParams,
      // It marks as read what it shows: HEAD and prefetches must not (contract: rules, 2).
      unsafeGet: true,
      output: repliesOutput,
      errors: ['unauthenticated', 'not_found'],
      async handle({ caller, params }) {
        const { feedback, latest } = await service.read(caller.id, params.feedback_id);
        const render = (reply: typeof latest) => renderReply(reply, feedback._id, clock);
        return { ...render(latest), replies: feedback.replies.map(render) };
      },
    }),
  ];
}
