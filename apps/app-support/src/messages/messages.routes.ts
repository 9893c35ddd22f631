import { invalidField } from '@portico/envelope';
import { defineRoute, type Access, type Route } from '@portico/service';
import { z } from 'zod';
import { success } from '../answers.ts';
import type { FeedbackStore } from '../feedback/feedback.store.ts';
import { idListField } from '../fields.ts';
import type { PushLog } from '../pushes/push-log.service.ts';
import type { User } from '../users/access.ts';

const idList = idListField('push_ids');
const pushIds = idList.optional();
/** `push_ids[0]`, `push_ids[1]`: how some clients write a list. */
const indexed = /^push_ids\[\d{1,4}\]$/;
/** `push_ids[]` is how others repeat a parameter. */
const members = z
  .looseObject({ push_ids: pushIds, 'push_ids[]': pushIds })
  .transform(({ push_ids: plain, 'push_ids[]': repeated, ...others }, context) => {
    const known = plain ?? repeated;
    const items = Object.entries(others).flatMap(([name, item]) => (indexed.test(name) ? [item] : []));
    if (known || items.length === 0) return { push_ids: known };
    const parsed = idList.safeParse(items);
    if (!parsed.success) context.addIssue({ code: 'custom', message: 'push_ids 必须是整数列表, 如 [1,2,3]' });
    return { push_ids: parsed.data };
  });

export interface MessageRoutesOptions {
  log: PushLog;
  feedback: FeedbackStore;
  users: Access<User>;
}

export function messageRoutes({ log, feedback, users }: MessageRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/message/count',
      summary: '未读数: push_ids 以外的推送, 以及未读的反馈回复',
      tag: '消息',
      access: users,
      query: members,
      // The document writes a list; clients of it send a body with a GET.
      body: members.optional(),
      output: success(z.object({ push_count: z.int(), feedback_count: z.int() })),
      errors: ['unauthenticated', 'invalid_params'],
      async handle({ caller, query, body }) {
        const known = query.push_ids ?? body?.push_ids;
        if (!known) throw invalidField('push_ids', 'push_ids 不能为空');
        const [pushCount, feedbackCount] = await Promise.all([
          log.countExcept(caller.id, known),
          feedback.countUnread(caller.id),
        ]);
        return { push_count: pushCount, feedback_count: feedbackCount };
      },
    }),
  ];
}
