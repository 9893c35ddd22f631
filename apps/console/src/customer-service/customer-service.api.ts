import { queryOptions } from '@tanstack/react-query';
import { api, read } from '../api/client.ts';
import { customerServicePage, fromItems } from '../api/paging.ts';
import { setMembers } from '../api/query.ts';
import type { ListState } from '../kit/list-state.ts';

const service = 'customer-service';
export const customerServiceKey = [service] as const;

export const ticketStatuses = ['pending', 'replied'] as const;
export interface TicketFilters {
  status_filter?: (typeof ticketStatuses)[number] | undefined;
  creator_email?: string | undefined;
  q?: string | undefined;
}

const tickets = async (query: { skip: number; limit: number } & TicketFilters) =>
  fromItems(
    await read(api.GET('/customer-service/api/admin/tickets', { params: { query: setMembers(query) } })),
  );

export const ticketsQuery = (list: ListState<TicketFilters>) =>
  queryOptions({
    queryKey: [service, 'tickets', list.page, list.size, list.filters],
    queryFn: () => tickets({ ...customerServicePage(list), ...list.filters }),
  });
export type Ticket = Awaited<ReturnType<typeof tickets>>['rows'][number];

/** What else a customer has asked. */
export const ticketsOfQuery = (creator_email: string) =>
  queryOptions({
    queryKey: [service, 'tickets', 'of', creator_email],
    queryFn: () => tickets({ skip: 0, limit: 10, creator_email }),
  });

export const ticketQuery = (ticket_id: string) =>
  queryOptions({
    queryKey: [service, 'ticket', ticket_id],
    queryFn: () => readTicket(ticket_id),
  });
export const readTicket = (ticket_id: string) =>
  read(api.GET('/customer-service/api/admin/tickets/{ticket_id}', { params: { path: { ticket_id } } }));

export const replyTicket = (ticket_id: string, feedback: string) =>
  read(
    api.POST('/customer-service/api/admin/tickets/{ticket_id}/reply', {
      params: { path: { ticket_id } },
      body: { feedback },
    }),
  );

export const usersQuery = (list: ListState<{ email?: string | undefined }>) =>
  queryOptions({
    queryKey: [service, 'users', list.page, list.size, list.filters],
    queryFn: async () =>
      fromItems(
        await read(
          api.GET('/customer-service/api/admin/users', {
            params: { query: { ...customerServicePage(list), ...setMembers(list.filters) } },
          }),
        ),
      ),
  });

export const changeUser = (id: string, body: { is_active?: boolean; role?: 'user' | 'admin' }) =>
  read(api.PATCH('/customer-service/api/admin/users/{id}', { params: { path: { id } }, body }));

export const applicationStatuses = ['pending', 'active', 'disabled'] as const;
export interface ApplicationFilters {
  status?: (typeof applicationStatuses)[number] | undefined;
  q?: string | undefined;
}

export const applicationsQuery = (list: ListState<ApplicationFilters>) =>
  queryOptions({
    queryKey: [service, 'business-accounts', list.page, list.size, list.filters],
    queryFn: async () =>
      fromItems(
        await read(
          api.GET('/customer-service/api/admin/business-accounts', {
            params: { query: { ...customerServicePage(list), ...setMembers(list.filters) } },
          }),
        ),
      ),
  });

export const approve = (account_id: string, assigned_email: string, user_code: string) =>
  read(
    api.POST('/customer-service/api/admin/business-accounts/{account_id}/approve', {
      params: { path: { account_id } },
      body: { assigned_email, user_code },
    }),
  );
export const reject = (account_id: string, reason: string) =>
  read(
    api.POST('/customer-service/api/admin/business-accounts/{account_id}/reject', {
      params: { path: { account_id } },
      body: { reason },
    }),
  );
export const disable = (account_id: string, reason: string) =>
  read(
    api.POST('/customer-service/api/admin/business-accounts/{account_id}/disable', {
      params: { path: { account_id } },
      body: { reason },
    }),
  );

export interface OwnedFilters {
  owner_email?: string | undefined;
  q?: string | undefined;
}

const contracts = async (list: ListState<OwnedFilters>) =>
  fromItems(
    await read(
      api.GET('/customer-service/api/admin/contracts', {
        params: { query: { ...customerServicePage(list), ...setMembers(list.filters) } },
      }),
    ),
  );
export const contractsQuery = (list: ListState<OwnedFilters>) =>
  queryOptions({
    queryKey: [service, 'contracts', list.page, list.size, list.filters],
    queryFn: () => contracts(list),
  });
export type Contract = Awaited<ReturnType<typeof contracts>>['rows'][number];

export const createContract = (owner_email: string, title: string, content_markdown: string) =>
  read(api.POST('/customer-service/api/admin/contracts', { body: { owner_email, title, content_markdown } }));
export const updateContract = (contract_id: string, title: string, content_markdown: string) =>
  read(
    api.PUT('/customer-service/api/admin/contracts/{contract_id}', {
      params: { path: { contract_id } },
      body: { title, content_markdown },
    }),
  );
export const deleteContract = (contract_id: string) =>
  read(
    api.DELETE('/customer-service/api/admin/contracts/{contract_id}', { params: { path: { contract_id } } }),
  );

/** Who signed or withdrew, newest first. */
export const evidenceQuery = (contract_id: string) =>
  queryOptions({
    queryKey: [service, 'contracts', 'events', contract_id],
    queryFn: async () =>
      fromItems(
        await read(
          api.GET('/customer-service/api/admin/contracts/{contract_id}/events', {
            params: { path: { contract_id }, query: { skip: 0, limit: 100 } },
          }),
        ),
      ),
  });

export const projectsQuery = (list: ListState<OwnedFilters>) =>
  queryOptions({
    queryKey: [service, 'projects', list.page, list.size, list.filters],
    queryFn: async () =>
      fromItems(
        await read(
          api.GET('/customer-service/api/admin/projects', {
            params: { query: { ...customerServicePage(list), ...setMembers(list.filters) } },
          }),
        ),
      ),
  });

export interface ProjectText {
  name: string;
  description: string | null;
  overview_markdown: string;
}
export const createProject = (owner_email: string, project: ProjectText) =>
  read(api.POST('/customer-service/api/admin/projects', { body: { owner_email, ...project } }));
export const updateProject = (project_id: string, body: ProjectText) =>
  read(
    api.PUT('/customer-service/api/admin/projects/{project_id}', { params: { path: { project_id } }, body }),
  );

export interface ContactFilters {
  is_processed?: 'true' | 'false' | undefined;
  q?: string | undefined;
}
export const contactsQuery = (list: ListState<ContactFilters>) =>
  queryOptions({
    queryKey: [service, 'contacts', list.page, list.size, list.filters],
    queryFn: async () =>
      fromItems(
        await read(
          api.GET('/customer-service/api/admin/contacts', {
            params: { query: { ...customerServicePage(list), ...setMembers(list.filters) } },
          }),
        ),
      ),
  });
export const changeContact = (id: string, body: { is_processed?: boolean; admin_notes?: string | null }) =>
  read(api.PATCH('/customer-service/api/admin/contacts/{id}', { params: { path: { id } }, body }));
