import { AppError, invalidField } from '@portico/envelope';
import type { Sequence } from '@portico/mongo';
import type { Outbox } from '@portico/outbox';
import type { RequestContext } from '@portico/service';
import type { OrderedStore } from '../ordered/ordered.store.ts';
import type { UserStore } from '../users/users.store.ts';
import type { CategoryRecord } from './categories.model.ts';
import type { FeedbackModel, FeedbackRecord, ReplyRecord } from './feedback.model.ts';
import { maxReplies, type FeedbackStore } from './feedback.store.ts';

export interface FeedbackServiceOptions {
  model: FeedbackModel;
  store: FeedbackStore;
  categories: OrderedStore<CategoryRecord>;
  users: UserStore;
  replyIds: Sequence;
  outbox: Outbox;
}

export interface NewFeedback {
  content: string;
  categoryId: number | null;
  contactPhone: string;
}

export function createFeedbackService(options: FeedbackServiceOptions) {
  const { model, store, categories, users, replyIds, outbox } = options;

  /** Whoever signed in by mail is told by mail; others see it in their unread count. */
  async function notice({ _id, userId }: FeedbackRecord, reply: string, { requestId }: RequestContext) {
    const user = await users.find(userId);
    if (!user?.email || !user.isActive) return [];
    return [
      outbox.pending({
        channel: 'email',
        to: user.email,
        template: 'feedback-replied',
        locale: 'zh',
        data: { feedbackId: String(_id), reply },
        requestId,
      }),
    ];
  }

  return {
    async create(userId: number, { content, categoryId, contactPhone }: NewFeedback) {
      if (categoryId !== null && !(await categories.find(categoryId))) {
        throw invalidField('feedback_category_id', 'feedback_category_id 不存在');
      }
      return store.create({ userId, content, categoryId, contactPhone });
    },

    /** The replies as they were before this call, which marks them read (contract: app-support, feedback/reply). */
    async read(userId: number, id: number): Promise<{ feedback: FeedbackRecord; latest: ReplyRecord }> {
      const feedback = await store.readReplies(userId, id);
      const latest = feedback?.replies.at(-1);
      if (!feedback || !latest) throw new AppError('not_found');
      return { feedback, latest };
    },

    async reply(id: number, managerId: number, content: string, context: RequestContext) {
      const feedback = await store.find(id);
      if (!feedback) throw new AppError('not_found');
      const now = new Date();
      const reply: ReplyRecord = {
        id: await replyIds.reserve(),
        content,
        managerId,
        isRead: false,
        createdAt: now,
        updatedAt: now,
      };
      const entries = await notice(feedback, content, context);
      if (!(await store.reply(id, reply, entries))) {
        throw new AppError('rule_violation', { message: `反馈已删除或已有 ${maxReplies} 条回复` });
      }
      outbox.relay(model, id, entries);
      return reply;
    },
  };
}

export type FeedbackService = ReturnType<typeof createFeedbackService>;
