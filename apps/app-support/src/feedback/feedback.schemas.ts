import { wholeNumberField } from '@portico/service';
import { z } from 'zod';
import { commonMembers, pageOf, pageQuery, success } from '../answers.ts';
import { idField, line, typedRequired } from '../fields.ts';
import { feedbackStatus, type FeedbackStatus } from './feedback.model.ts';

/** Document 004, feedback. */
export const feedback = z.object({
  ...commonMembers,
  feedback_content: z.string(),
  feedback_status: z.int(),
  feedback_category_id: z.int().nullable(),
  contact_phone: z.string(),
  user_id: z.int(),
});

/** Document 004, feedback/reply. */
const reply = z.object({
  ...commonMembers,
  reply_content: z.string(),
  manager_id: z.int(),
  feedback_id: z.int(),
  is_read: z.boolean(),
});

export const feedbackBody = z.object({
  feedback_content: typedRequired(5000),
  feedback_category_id: idField('feedback_category_id').nullish(),
  contact_phone: line(32)
    .regex(/^[0-9+\-() ]*$/, 'contact_phone 不是有效的电话')
    .nullish(),
});
export const feedbackParams = z.object({ id: idField('id') });
export const replyParams = z.object({ feedback_id: idField('feedback_id') });
export const listQuery = z.object(pageQuery);

export const feedbackOutput = success(feedback);
export const feedbackListOutput = pageOf(feedback);
/** The latest reply, and all of them. */
export const repliesOutput = success(reply.extend({ replies: z.array(reply) }));
export const replyOutput = success(reply);

const status = wholeNumberField(
  feedbackStatus.new,
  feedbackStatus.closed,
  'feedback_status 必须是 0, 1 或 2',
).transform((value) => value as FeedbackStatus);

export const adminListQuery = z.object({ ...pageQuery, feedback_status: status.optional() });
export const adminFeedback = feedback.extend({ unread: z.int(), replies: z.array(reply) });
export const adminListOutput = pageOf(adminFeedback);
export const adminFeedbackOutput = success(adminFeedback);
export const replyBody = z.object({ reply_content: typedRequired(4000) });
export const statusBody = z.object({ feedback_status: status });
