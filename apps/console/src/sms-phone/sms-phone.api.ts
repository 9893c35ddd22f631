import { queryOptions } from '@tanstack/react-query';
import { api, read } from '../api/client.ts';
import { fromItems, smsPhonePage } from '../api/paging.ts';
import { setMembers } from '../api/query.ts';
import type { ListState } from '../kit/list-state.ts';

const service = 'sms-phone';
export const smsPhoneKey = [service] as const;

export const numberStatuses = ['active', 'quarantined', 'retired'] as const;
export type NumberStatus = (typeof numberStatuses)[number];
export interface NumberFilters {
  status?: NumberStatus | undefined;
  phone?: string | undefined;
}

export const numbersQuery = (list: ListState<NumberFilters>) =>
  queryOptions({
    queryKey: [service, 'numbers', list.page, list.size, list.filters],
    queryFn: async () =>
      fromItems(
        await read(
          api.GET('/sms-phone/api/admin/numbers', {
            params: { query: { ...smsPhonePage(list), ...setMembers(list.filters) } },
          }),
        ),
      ),
  });

export const setNumberStatus = (phone: string, status: NumberStatus) =>
  read(api.PUT('/sms-phone/api/admin/numbers/{phone}', { params: { path: { phone } }, body: { status } }));

export interface NewNumber {
  phone: string;
  carrier_type: string;
  number_type: string;
  note?: string;
}

export const saveNumbers = (numbers: NewNumber[]) =>
  read(api.POST('/sms-phone/api/admin/numbers', { body: { numbers } }));

export const leaseStatuses = ['active', 'captured', 'released', 'expired'] as const;
export interface LeaseFilters {
  status?: (typeof leaseStatuses)[number] | undefined;
  phone?: string | undefined;
}

export const leasesQuery = (list: ListState<LeaseFilters>) =>
  queryOptions({
    queryKey: [service, 'leases', list.page, list.size, list.filters],
    queryFn: async () =>
      fromItems(
        await read(
          api.GET('/sms-phone/api/admin/leases', {
            params: { query: { ...smsPhonePage(list), ...setMembers(list.filters) } },
          }),
        ),
      ),
  });

export interface MessageFilters {
  unmatched?: 'true' | undefined;
  phone?: string | undefined;
}

export const messagesQuery = (list: ListState<MessageFilters>) =>
  queryOptions({
    queryKey: [service, 'messages', list.page, list.size, list.filters],
    queryFn: async () =>
      fromItems(
        await read(
          api.GET('/sms-phone/api/admin/messages', {
            params: { query: { ...smsPhonePage(list), ...setMembers(list.filters) } },
          }),
        ),
      ),
  });

export const projectsQuery = (list: ListState<object>) =>
  queryOptions({
    queryKey: [service, 'projects', list.page, list.size],
    queryFn: async () =>
      fromItems(
        await read(api.GET('/sms-phone/api/admin/projects', { params: { query: smsPhonePage(list) } })),
      ),
  });

export interface ProjectRules {
  name: string;
  amount: string;
  signatures: string[];
  senders: string[];
  pattern: string | null;
}

export const createProject = (project_id: string, rules: ProjectRules) =>
  read(api.POST('/sms-phone/api/admin/projects', { body: { project_id, ...rules } }));
export const updateProject = (project_id: string, rules: ProjectRules) =>
  read(
    api.PUT('/sms-phone/api/admin/projects/{project_id}', { params: { path: { project_id } }, body: rules }),
  );

export const usersQuery = (list: ListState<{ search?: string | undefined }>) =>
  queryOptions({
    queryKey: [service, 'users', list.page, list.size, list.filters],
    queryFn: async () =>
      fromItems(
        await read(
          api.GET('/sms-phone/api/admin/users', {
            params: { query: { ...smsPhonePage(list), ...setMembers(list.filters) } },
          }),
        ),
      ),
  });

/** Credits a user. A repeat with the same key credits once. */
export const grant = (username: string, amount: string, reason: string, idempotencyKey: string) =>
  read(
    api.POST('/sms-phone/api/admin/users/{username}/grant', {
      params: { path: { username } },
      headers: { 'Idempotency-Key': idempotencyKey },
      body: { amount, reason },
    }),
  );

export const ledgerQuery = (list: ListState<{ username?: string | undefined }>) =>
  queryOptions({
    queryKey: [service, 'ledger', list.page, list.size, list.filters],
    queryFn: async () =>
      fromItems(
        await read(
          api.GET('/sms-phone/api/admin/ledger', {
            params: { query: { ...smsPhonePage(list), ...setMembers(list.filters) } },
          }),
        ),
      ),
  });

export const makeVouchers = (amount: string, count: string) =>
  read(api.POST('/sms-phone/api/admin/vouchers', { body: { amount, count } }));
