import type { Clock } from '../clock.ts';
import type { FeedbackRecord, ReplyRecord } from './feedback.model.ts';

/** Feedback as the document shows it. */
export function renderFeedback(feedback: FeedbackRecord, clock: Clock) {
  return {
    id: feedback._id,
    app_id: '',
    created_at: clock.format(feedback.createdAt),
    updated_at: clock.format(feedback.updatedAt),
    feedback_content: feedback.content,
    feedback_status: feedback.status,
    feedback_category_id: feedback.categoryId,
    contact_phone: feedback.contactPhone,
    user_id: feedback.userId,
  };
}

export function renderReply(reply: ReplyRecord, feedbackId: number, clock: Clock) {
  return {
    id: reply.id,
    app_id: '',
    created_at: clock.format(reply.createdAt),
    updated_at: clock.format(reply.updatedAt),
    reply_content: reply.content,
    manager_id: reply.managerId,
    feedback_id: feedbackId,
    is_read: reply.isRead,
  };
}

/** Feedback as operators see it, with its replies. */
export function renderForOperators(feedback: FeedbackRecord, clock: Clock) {
  return {
    ...renderFeedback(feedback, clock),
    unread: feedback.unread,
    replies: feedback.replies.map((reply) => renderReply(reply, feedback._id, clock)),
  };
}
