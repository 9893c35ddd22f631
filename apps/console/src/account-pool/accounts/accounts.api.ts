import { queryOptions } from '@tanstack/react-query';
import { api, read } from '../../api/client.ts';
import { accountPoolPage, fromAccountPool } from '../../api/paging.ts';
import type { paths } from '../../api/schema.d.ts';
import type { ListState } from '../../kit/list-state.ts';

type ListBody = NonNullable<
  paths['/account-pool/web/v1/accounts/list']['post']['requestBody']
>['content']['application/json'];
type SortField = NonNullable<NonNullable<NonNullable<ListBody>['sort']>['field']>;

export interface AccountFilters {
  owner?: string | undefined;
  platform?: string | undefined;
  status: string[];
  search?: string | undefined;
}

const key = ['account-pool', 'accounts'] as const;

export const accountsQuery = ({ page, size, sort, filters }: ListState<AccountFilters>) =>
  queryOptions({
    queryKey: [...key, 'list', { page, size, sort, filters }],
    // Rows carry the accounts' secrets: nothing of them is kept once the page is left.
    gcTime: 0,
    queryFn: async () =>
      fromAccountPool(
        await read(
          api.POST('/account-pool/web/v1/accounts/list', {
            body: {
              filters: {
                ownerId: filters.owner ?? null,
                platform: filters.platform ?? null,
                status: filters.status.length > 0 ? filters.status : null,
                search: filters.search ?? null,
              },
              pagination: accountPoolPage({ page, size }),
              ...(sort && { sort: { field: sort.field as SortField, order: sort.order } }),
            },
          }),
        ),
      ),
  });

export type Account = Awaited<
  ReturnType<NonNullable<ReturnType<typeof accountsQuery>['queryFn']>>
>['rows'][number];

export const accountsKey = key;

export interface AccountChange {
  status?: string;
  ownerId?: string;
  notes?: string | null;
}

export const updateAccounts = (ids: number[], payload: AccountChange) =>
  read(api.POST('/account-pool/web/v1/accounts/update-batch', { body: { ids, payload } }));

export const deleteAccounts = (ids: number[]) =>
  read(api.POST('/account-pool/web/v1/accounts/delete-batch', { body: { ids } }));

export const exportAccounts = (ids: number[], mode: 'text' | 'csv' | 'object') =>
  read(api.POST('/account-pool/web/v1/accounts/export', { body: { ids, mode } }));
