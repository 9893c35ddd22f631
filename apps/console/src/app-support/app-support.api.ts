import { queryOptions } from '@tanstack/react-query';
import { api, read } from '../api/client.ts';
import { appSupportPage, fromAppSupport } from '../api/paging.ts';
import { setMembers } from '../api/query.ts';
import type { ListState } from '../kit/list-state.ts';

const service = 'app-support';
export const appSupportKey = [service] as const;

/** Document 004 counts states: 0 new, 1 replied, 2 closed. */
export const feedbackStates = ['new', 'replied', 'closed'] as const;
export interface FeedbackFilters {
  feedback_status?: string | undefined;
}

const feedback = async (list: ListState<FeedbackFilters>) =>
  fromAppSupport(
    await read(
      api.GET('/app-support/api/admin/feedback', {
        params: { query: { ...appSupportPage(list), ...setMembers(list.filters) } },
      }),
    ),
  );
export const feedbackQuery = (list: ListState<FeedbackFilters>) =>
  queryOptions({
    queryKey: [service, 'feedback', list.page, list.size, list.filters],
    queryFn: () => feedback(list),
  });
export type Feedback = Awaited<ReturnType<typeof feedback>>['rows'][number];

export const replyFeedback = (id: number, reply_content: string) =>
  read(
    api.POST('/app-support/api/admin/feedback/{id}/reply', {
      params: { path: { id: String(id) } },
      body: { reply_content },
    }),
  );
export const setFeedbackState = (id: number, feedback_status: number) =>
  read(
    api.PUT('/app-support/api/admin/feedback/{id}', {
      params: { path: { id: String(id) } },
      body: { feedback_status },
    }),
  );

export const faqQuery = (list: ListState<object>) =>
  queryOptions({
    queryKey: [service, 'faq', list.page, list.size],
    queryFn: async () =>
      fromAppSupport(
        await read(api.GET('/app-support/api/admin/faq', { params: { query: appSupportPage(list) } })),
      ),
  });
export interface FaqText {
  title: string;
  content: string;
  category: string;
  external_link: string;
  position?: string;
}
export const createFaq = (body: FaqText) => read(api.POST('/app-support/api/admin/faq', { body }));
export const updateFaq = (id: number, body: FaqText) =>
  read(api.PUT('/app-support/api/admin/faq/{id}', { params: { path: { id: String(id) } }, body }));
export const deleteFaq = (id: number) =>
  read(api.DELETE('/app-support/api/admin/faq/{id}', { params: { path: { id: String(id) } } }));

export const categoriesQuery = (list: ListState<object>) =>
  queryOptions({
    queryKey: [service, 'categories', list.page, list.size],
    queryFn: async () =>
      fromAppSupport(
        await read(
          api.GET('/app-support/api/admin/feedback_category', { params: { query: appSupportPage(list) } }),
        ),
      ),
  });
export interface CategoryText {
  name: string;
  description: string;
  position?: string;
}
export const createCategory = (body: CategoryText) =>
  read(api.POST('/app-support/api/admin/feedback_category', { body }));
export const updateCategory = (id: number, body: CategoryText) =>
  read(
    api.PUT('/app-support/api/admin/feedback_category/{id}', { params: { path: { id: String(id) } }, body }),
  );
export const deleteCategory = (id: number) =>
  read(api.DELETE('/app-support/api/admin/feedback_category/{id}', { params: { path: { id: String(id) } } }));

export const usersQuery = (list: ListState<{ search?: string | undefined }>) =>
  queryOptions({
    queryKey: [service, 'users', list.page, list.size, list.filters],
    queryFn: async () =>
      fromAppSupport(
        await read(
          api.GET('/app-support/api/admin/users', {
            params: { query: { ...appSupportPage(list), ...setMembers(list.filters) } },
          }),
        ),
      ),
  });
export const setUserActive = (id: number, is_active: boolean) =>
  read(
    api.PUT('/app-support/api/admin/users/{id}', {
      params: { path: { id: String(id) } },
      body: { is_active },
    }),
  );

/** Document 004 counts states: 0 pending, 1 sent, 2 failed, 3 cancelled. */
export const pushStates = ['pending', 'sent', 'failed', 'cancelled'] as const;
export const pushesQuery = (list: ListState<object>) =>
  queryOptions({
    queryKey: [service, 'pushes', list.page, list.size],
    queryFn: async () =>
      fromAppSupport(
        await read(api.GET('/app-support/api/admin/push', { params: { query: appSupportPage(list) } })),
      ),
  });
export interface NewPush {
  push_title: string;
  push_body: string;
  /** 0 all, 1 users. */
  push_scope: 0 | 1;
  user_ids: string[];
  scheduled_at: string | null;
}
export const createPush = (body: NewPush) => read(api.POST('/app-support/api/admin/push', { body }));
export const cancelPush = (id: number) =>
  read(api.POST('/app-support/api/admin/push/{id}/cancel', { params: { path: { id: String(id) } } }));

export const channelsQuery = queryOptions({
  queryKey: [service, 'channels'],
  queryFn: async () => (await read(api.GET('/app-support/api/admin/channels'))).data,
});
