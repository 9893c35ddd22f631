import { wholeNumberField } from '@portico/service';
import { z } from 'zod';
import { commonMembers, pageOf, pageQuery, success, timeText } from '../answers.ts';
import { idField, idListField, lineRequired, typedRequired } from '../fields.ts';
import { pushScope, type PushScope } from './pushes.model.ts';

/** Document 004, push/log. */
const logEntry = z.object({
  ...commonMembers,
  push_title: z.string(),
  push_body: z.string(),
  push_scope: z.int(),
  manager_id: z.int(),
  push_status: z.int(),
});
export const logQuery = z.object(pageQuery);
export const logOutput = pageOf(logEntry);
export const logEntryOutput = success(logEntry);
export const pushParams = z.object({ id: idField('id') });
export const hideQuery = z.object({ ids: idListField('ids').optional() });
export const hideBody = hideQuery.optional();

/** A push as operators see it. */
const push = logEntry.extend({
  user_ids: z.array(z.int()),
  scheduled_at: timeText.nullable(),
  published_at: timeText.nullable(),
  targeted: z.int(),
  sent: z.int(),
  failed: z.int(),
  invalid: z.int(),
  cancelled: z.int(),
  causes: z.record(z.string(), z.int()),
});
export const pushOutput = success(push);
export const pushesOutput = pageOf(push);

const maxUsers = 10_000;
const scope = wholeNumberField(pushScope.all, pushScope.users, 'push_scope 必须是 0 或 1').transform(
  (value) => value as PushScope,
);

export const pushBody = z
  .object({
    push_title: lineRequired(100),
    // APNs and FCM take 4 KB altogether.
    push_body: typedRequired(1000),
    push_scope: scope,
    user_ids: z.array(idField('user_ids')).max(maxUsers, `user_ids 最多 ${maxUsers} 个`).nullish(),
    scheduled_at: z.string().trim().nullish(),
  })
  // Who names users means these users: a slip must not become a push to everybody.
  .refine(({ push_scope, user_ids }) => push_scope === pushScope.users || !user_ids?.length, {
    path: ['user_ids'],
    message: 'push_scope 为 0 时不能指定 user_ids',
  })
  .refine(({ push_scope, user_ids }) => push_scope === pushScope.all || (user_ids?.length ?? 0) > 0, {
    path: ['user_ids'],
    message: 'push_scope 为 1 时必须指定 user_ids',
  });
